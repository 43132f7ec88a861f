"""The rooms of the site; an app calls only apps below it, through their services, queries and events."""
