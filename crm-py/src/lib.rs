//! crm-py
