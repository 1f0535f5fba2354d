//! crm-csv
