//! Reads the text of lines that were found.

use std::sync::Arc;

use rten::ThreadPool;

use crate::alphabet::Alphabet;
use crate::ctc;
use crate::network::Network;
use crate::onnx;
use crate::pixels::Pixels;
use crate::slanted::Slanted;
use crate::strip::{HEIGHT, Strip};
use crate::words::{self, Piece};

/// The widths of strips read together add up to no more: it bounds memory, and larger batches are not quicker.
const BATCH_WIDTH: usize = 4000;
/// Strips are filled up to a multiple of this.
const STEP: usize = 32;

/// A line with its text.
#[derive(Debug, Clone)]
pub(crate) struct ReadLine {
    pub region: Slanted,
    /// From left to right.
    pub pieces: Vec<Piece>,
    /// How many letters it has, and how sure the reader is of them on average, 0..=1.
    pub letters: usize,
    pub sure: f64,
}

/// The network that reads, and the letters it knows.
pub(crate) struct Recogniser {
    network: Network,
    letters: Vec<char>,
}

impl Recogniser {
    /// Of the bytes of an ONNX file whose metadata hold its dictionary; says what is wrong with them.
    pub fn new(mut bytes: Vec<u8>, alphabet: Alphabet, pool: &Arc<ThreadPool>) -> Result<Self, String> {
        let dictionary = onnx::metadata(&bytes, "character").ok_or("it has no dictionary under `character`")?;
        // The last label is the blank between words, which the dictionary does not list.
        let known = dictionary.lines().map(|line| line.chars().next().unwrap_or(' ')).chain([' ']);
        let known: Vec<char> = known.map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
        let kept: Vec<usize> = (0..known.len()).filter(|&i| alphabet.has(known[i])).collect();
        if kept.len() < known.len() {
            let labels: Vec<usize> = std::iter::once(0).chain(kept.iter().map(|i| i + 1)).collect();
            bytes = onnx::narrowed(&bytes, known.len() + 1, &labels).ok_or("its bytes are damaged")?;
        }
        Ok(Self { network: Network::new(&bytes, pool)?, letters: kept.into_iter().map(|i| known[i]).collect() })
    }

    /// The text of lines of a page, in their order.
    pub fn read(&self, page: &Pixels, lines: &[Slanted]) -> Result<Vec<ReadLine>, String> {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(Strip::width_of(&lines[i])));
        let mut read: Vec<Option<ReadLine>> = vec![None; lines.len()];
        while !order.is_empty() {
            let batch = order.drain(..batch_size(&order, |i| Strip::width_of(&lines[i]))).collect::<Vec<_>>();
            let regions: Vec<Slanted> = batch.iter().map(|&i| lines[i]).collect();
            for (place, line) in batch.into_iter().zip(self.read_batch(page, &regions)?) {
                read[place] = Some(line);
            }
        }
        Ok(read.into_iter().flatten().collect())
    }

    fn read_batch(&self, page: &Pixels, regions: &[Slanted]) -> Result<Vec<ReadLine>, String> {
        let strips: Vec<Strip> = regions.iter().map(|region| Strip::cut(page, region)).collect();
        let width = strips.iter().map(|s| s.width.next_multiple_of(STEP)).max().unwrap_or(STEP);
        let mut values = vec![0.0; strips.len() * 3 * HEIGHT * width];
        for (strip, into) in strips.iter().zip(values.chunks_exact_mut(3 * HEIGHT * width)) {
            for (row, to) in strip.planes.chunks_exact(strip.width).zip(into.chunks_exact_mut(width)) {
                to[..strip.width].copy_from_slice(row);
            }
        }
        let ([lines, steps, labels], probabilities) = self.network.run::<3>([strips.len(), 3, HEIGHT, width], values)?;
        if lines != strips.len() || labels != self.letters.len() + 1 || steps == 0 || probabilities.len() != lines * steps * labels {
            return Err("its answer has not as many labels as its dictionary".into());
        }
        let rows = probabilities.chunks_exact(steps * labels);
        let read = rows.zip(&strips).zip(regions).map(|((row, strip), &region)| {
            let glyphs = ctc::decode(row, &self.letters);
            let shown = glyphs.iter().filter(|g| g.letter != ' ').map(|g| f64::from(g.sure));
            let (letters, sum) = shown.fold((0, 0.0), |(n, sum), p| (n + 1, sum + p));
            let pieces = words::pieces(&glyphs, width as f64 / steps as f64, &strip.ink());
            let scale = region.length / strip.width as f64;
            let pieces = pieces.into_iter().map(|p| Piece { from: p.from * scale, to: p.to * scale, ..p }).collect();
            ReadLine { region, pieces, letters, sure: sum / letters.max(1) as f64 }
        });
        Ok(read.collect())
    }
}

/// How many of the next strips, widest first, are read together: about as wide as the first, so that little is filled up.
fn batch_size(order: &[usize], width: impl Fn(usize) -> usize) -> usize {
    let Some(&widest) = order.first() else { return 0 };
    let padded = width(widest).next_multiple_of(STEP);
    let fitting = order.iter().take_while(|&&i| width(i) + STEP > padded * 9 / 10).count();
    fitting.min(BATCH_WIDTH / padded).max(1)
}
