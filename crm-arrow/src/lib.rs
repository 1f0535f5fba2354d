//! crm-arrow
