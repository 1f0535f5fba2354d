//! crm-sqlite
