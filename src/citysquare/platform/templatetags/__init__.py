"""Tags of the platform's templates."""
