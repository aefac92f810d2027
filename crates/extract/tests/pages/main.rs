//! Made-up pages through the whole extractor.

mod forms;
mod hostile;
mod invoices;
mod models;
mod receipts;
mod typed;
