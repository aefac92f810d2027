//! What whole pages become: brochures, letters, forms, receipts, invoices, lists. And what hostile ones cannot do.

mod hostile;
mod order;
mod render;
mod sheet;
