"""What every room stands on: database, errors at the door, ids, pages, clock."""
