"""The forms, one module for each noun. A form knows what is valid and in which words it refuses; it does not know the store."""
