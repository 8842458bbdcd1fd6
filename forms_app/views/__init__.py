"""What people see: one blueprint for each noun, called `bp`. Views never load a student by id and never decide who may; `access` did."""
