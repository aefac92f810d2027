//! The confined reader of documents: a loop over requests that come with their files already opened. It keeps the last PDF open and the
//! models loaded, because the next request is mostly about the next page of the same file.

mod picture;
mod pnm;
mod read;
mod searchable;
mod source;
mod survey;

use std::fs::File;
use std::io::Write;

use gristmill_model::{Fault, Problem};
use serde::Serialize;
use serde_json::json;

use super::wire::{Form, Levelled, Request, Work};
use crate::child::{self, Answer};
use source::{Open, Source};

/// Deep nesting of a PDF's objects is followed by recursion.
const STACK_BYTES: usize = 64 << 20;

/// Serves requests that come over descriptor 3 until the other side closes it, and answers the exit code. The caller does nothing else
/// in this process. See [`super::Documents`] for who starts it.
pub fn child_main() -> i32 {
    let served = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(|| {
        let mut desk = Desk::default();
        child::serve(
            || damaged("it made its reader give up"),
            |message, files| {
                let request: Request = serde_json::from_slice(message).map_err(|e| bug(format!("the request could not be read: {e}")))?;
                let answer = desk.serve(&request, files);
                child::give_back();
                answer
            },
        )
    });
    served.ok().and_then(|thread| thread.join().ok()).unwrap_or(71)
}

/// What is kept between requests.
#[derive(Default)]
struct Desk {
    open: Option<Open>,
    engine: Option<read::Loaded>,
}

impl Desk {
    fn serve(&mut self, request: &Request, files: Vec<File>) -> Answer {
        let mut files = files.into_iter();
        let mut next = || files.next().ok_or_else(|| bug("a file was not passed".to_owned()));
        let input = next()?;
        match &request.work {
            Work::Inspect => told(&self.source(request, &input)?.inspect()),
            Work::Survey { from } => survey::write(self.source(request, &input)?, *from, &next()?),
            Work::Decrypt => decrypt(self.source(request, &input)?, &next()?),
            Work::Take { page, dpi, most_pixels } => {
                let (pixels, taken) = picture::take(self.source(request, &input)?, *page, *dpi, *most_pixels)?;
                pnm::write(&pixels, &next()?)?;
                told(&taken)
            }
            Work::Level { perspective, letters } => {
                let (pixels, straight) = read::straight(pnm::read(&input)?, *perspective);
                let (pixels, scale) = read::with_letters(pixels, *letters);
                pnm::write_grey(&pixels, &next()?)?;
                told(&Levelled { straight, scale })
            }
            Work::Pack { perspective, most_bytes } => {
                let (pixels, straight) = read::straight(pnm::read(&input)?, *perspective);
                picture::pack(pixels, *most_bytes, &next()?)?;
                told(&straight)
            }
            Work::Read { languages, perspective } => {
                // Reading takes longer by far than opening again, and needs the room.
                self.open = None;
                let pixels = pnm::read(&input)?;
                let (detector, recogniser, out) = (next()?, next()?, next()?);
                read::read(&mut self.engine, &pixels, languages, *perspective, [detector, recogniser], &out)
            }
            Work::Show { scale, quality, size, straightened } => {
                let pixels = picture::straight(pnm::read(&input)?, *scale, *size, *straightened);
                told(&picture::show(pixels, *quality, &next()?)?)
            }
            Work::Searchable => searchable::write(request, &input, &next()?, &next()?),
        }
    }

    /// The source, which may be open already.
    fn source(&mut self, request: &Request, input: &File) -> Result<&mut Source, Problem> {
        let identity = source::identity(input, request)?;
        let open = match self.open.take().filter(|open| open.identity == identity) {
            Some(open) => open,
            None => Open { identity, source: Source::open(request, input)? },
        };
        Ok(&mut self.open.insert(open).source)
    }
}

fn decrypt(source: &mut Source, mut out: &File) -> Answer {
    let copy = match source {
        Source::Pdf(pdf) => pdf.decrypted().map_err(|refusal| refused(&refusal))?,
        Source::Picture { .. } => None,
    };
    if let Some(copy) = &copy {
        child::write_all(out, copy)?;
        out.flush().map_err(|e| bug(e.to_string()))?;
    }
    Ok(json!({ "encrypted": copy.is_some() }))
}

fn told(report: &impl Serialize) -> Answer {
    serde_json::to_value(report).map_err(|e| bug(e.to_string()))
}

/// Why a PDF is not read, as its owner is told.
fn refused(refusal: &gristmill_pdf::Refusal) -> Problem {
    use gristmill_pdf::Refusal as R;
    let fault = match refusal {
        R::TooManyPages { .. } | R::PageTooLarge { .. } | R::TooComplex { .. } => Fault::Limit,
        R::NoSuchPage { .. } => Fault::Bug,
        _ => Fault::Input,
    };
    Problem::new(fault, refusal.code(), refusal.to_string())
}

/// The refusal of a document that cannot be read.
fn damaged(detail: &str) -> Problem {
    Problem::new(Fault::Input, "document_damaged", format!("The document is damaged: {detail}. Export it again and upload the new file."))
}

fn bug(detail: String) -> Problem {
    let message = format!("The reader of documents was asked for something it cannot do: {detail}. This is a bug; please report it.");
    Problem::new(Fault::Bug, "document_request_invalid", message)
}

impl Source {
    fn inspect(&self) -> super::wire::Inspected {
        let Source::Pdf(pdf) = self else { return super::wire::Inspected { pages: self.pages(), ..Default::default() } };
        let facts = pdf.facts();
        let carried = [
            (facts.form, "form"),
            (facts.xfa, "xfa"),
            (facts.scripts, "scripts"),
            (facts.launches, "launch actions"),
            (facts.attachments, "attachments"),
            (facts.signed, "signature"),
        ];
        let carries = carried.iter().filter(|(is, _)| *is).map(|(_, what)| (*what).to_owned()).collect();
        super::wire::Inspected { pages: pdf.pages(), encrypted: pdf.encrypted(), carries }
    }
}

/// Whether pages are counted in points.
fn is_pdf(request: &Request) -> bool {
    request.form == Form::Pdf
}
