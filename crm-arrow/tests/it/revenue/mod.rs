//! Revenue over tables: what is said of a table is what the rule says of its deals as JSON.

mod forecast;
