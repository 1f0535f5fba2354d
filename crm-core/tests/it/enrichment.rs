//! Enrichment: its golden cases by hand, what load refuses, properties.
