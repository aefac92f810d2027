//! PDFs: their text layer with boxes, their pages as pictures, their forms, and text written invisibly so that scans can be searched.
//!
//! Bytes in, values out: no files, no processes, no clock. What comes in is an owner's file and may be hostile, so this runs in a
//! confined child with a limit on its address space, on a thread with a deep stack (16 MiB do), and may be killed at any time. A panic of
//! a library is caught here and answered as [`Refusal::Damaged`]; running out of memory and running for ever are the business of whoever
//! started the child. Pages are counted from 1; boxes are in points of the page as it is shown (turned and cropped), y downwards.

mod facts;
mod form;
mod guard;
mod pdf;
mod raster;
mod refusal;
mod text;
mod write;

pub use facts::Facts;
pub use pdf::Pdf;
pub use raster::Raster;
pub use refusal::{Limits, NotWritable, Refusal};
pub use text::{Layer, PageText};
pub use write::{ImagePdf, Picture, TextLayer, searchable};
