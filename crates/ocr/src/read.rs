//! A page in, lines out.

use std::sync::Arc;

use gristmill_layout::{Line, Matrix, Rect, Word};
use rten::ThreadPool;

use crate::alphabet::Alphabet;
use crate::detect;
use crate::network::Network;
use crate::order;
use crate::pixels::Pixels;
use crate::recognise::{ReadLine, Recogniser};
use crate::slanted::Slanted;
use crate::straighten;
use crate::upright::{self, Upright};

/// A line whose letters are less sure on average is taken for a drawing, not for text.
const LEGIBLE: f64 = 0.5;

/// Why there is no engine: which model is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The model `{model}` cannot be used: {reason}. Fetch it again.")]
pub struct ModelError {
    /// `detector` or `recogniser`.
    pub model: &'static str,
    /// What is wrong with its bytes.
    pub reason: String,
}

/// Why a page was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The caller's fault: sides and bytes do not agree.
    #[error("The picture says {width} × {height} pixels and has {bytes} bytes; it must have three a pixel, and sides of 1 to 65500.")]
    Picture {
        /// What it says.
        width: u32,
        /// What it says.
        height: u32,
        /// What it has.
        bytes: usize,
    },
    /// The model's fault, or ours.
    #[error("The {model} failed on this page: {reason}.")]
    Network {
        /// `detector` or `recogniser`.
        model: &'static str,
        /// What it said.
        reason: String,
    },
}

/// What to do with a page before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// Find out which way up the page is. Without it, it is taken to be upright.
    pub turn: bool,
    /// Look for a sheet of paper photographed on a darker ground and take the perspective out ([`straighten::page_corners`]).
    pub perspective: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { turn: true, perspective: false }
    }
}

/// What stands on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// From top to bottom, lines in one row from left to right. Boxes lie on the upright, straight page, in pixels of the picture's scale.
    pub lines: Vec<Line>,
    /// How that page lies in the picture.
    pub upright: Upright,
}

/// Reads pages. It holds the models, works in one thread of its own, and keeps nothing of a page.
pub struct Engine {
    detector: Network,
    recogniser: Recogniser,
}

impl Engine {
    /// The name of the models: PP-OCR of PaddlePaddle, sixth version, the small ones.
    pub const NAME: &'static str = "ppocr-v6-small";

    /// An engine of the bytes of two ONNX files, that looks for the letters of an alphabet.
    pub fn new(detector: Vec<u8>, recogniser: Vec<u8>, alphabet: Alphabet) -> Result<Self, ModelError> {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        Ok(Self {
            detector: Network::new(&detector, &pool).map_err(|reason| ModelError { model: "detector", reason })?,
            recogniser: Recogniser::new(recogniser, alphabet, &pool).map_err(|reason| ModelError { model: "recogniser", reason })?,
        })
    }

    /// Reads a page. Takes a second or two and about 150 MB beside the picture, whatever its size.
    pub fn read(&self, picture: &Pixels, options: &ReadOptions) -> Result<Reading, ReadError> {
        if !picture.is_sound() {
            return Err(ReadError::Picture { width: picture.width, height: picture.height, bytes: picture.rgb.len() });
        }
        let sheet = if options.perspective { straighten::page_corners(picture) } else { None };
        let Some((flat, size)) = sheet.and_then(straighten::flattened) else {
            return self.read_flat(picture, options);
        };
        let mut reading = self.read_flat(&straighten::warp(picture, flat, size), options)?;
        reading.upright.straightened = flat.then(reading.upright.straightened);
        Ok(reading)
    }

    fn read_flat(&self, page: &Pixels, options: &ReadOptions) -> Result<Reading, ReadError> {
        let lines = detect::lines(&self.detector, page).map_err(|reason| ReadError::Network { model: "detector", reason })?;
        let (turn, read) =
            self.read_lines(page, &lines, options.turn).map_err(|reason| ReadError::Network { model: "recogniser", reason })?;
        let regions: Vec<Slanted> = read.iter().map(|line| line.region).collect();
        let upright = Upright::new(page.size(), turn, upright::skew(&regions, turn));
        let legible = read.iter().filter(|line| line.sure >= LEGIBLE);
        let lines = legible.filter_map(|line| Line::of(words(line, upright.straightened))).collect();
        Ok(Reading { lines: order::by_rows(lines), upright })
    }

    /// Which way up the page is, and its lines read that way. What was read to find that out is not read again.
    fn read_lines(&self, page: &Pixels, lines: &[Slanted], find_turn: bool) -> Result<(u16, Vec<ReadLine>), String> {
        let mut lines = lines.to_vec();
        let (turn, mut read) = if find_turn {
            let sideways = upright::is_sideways(&lines);
            let votes = |line: &Slanted| upright::runs_sideways(line) == sideways;
            lines.sort_by(|a, b| votes(b).cmp(&votes(a)).then(b.length.total_cmp(&a.length)));
            let voters: Vec<Slanted> = lines.drain(..lines.len().min(upright::VOTERS)).collect();
            upright::turn(&self.recogniser, page, &voters, sideways)?
        } else {
            (0, Vec::new())
        };
        let others: Vec<Slanted> = lines.iter().map(|line| line.read_towards(upright::direction(turn))).collect();
        read.extend(self.recogniser.read(page, &others)?);
        Ok((turn, read))
    }
}

fn words(line: &ReadLine, straightened: Matrix) -> Vec<Word> {
    let word = |piece: &crate::words::Piece| {
        let corners = line.region.part(piece.from, piece.to).map(|corner| straightened.apply(corner));
        Some(Word { text: piece.text.clone(), bounds: Rect::around(corners)?, confidence: piece.sure.clamp(0.0, 1.0) })
    };
    line.pieces.iter().filter_map(word).collect()
}
