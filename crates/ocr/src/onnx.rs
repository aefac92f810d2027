//! Two changes to models, made in the bytes of their ONNX files.
//!
//! The recogniser's last layer has a column of weights for each of 18,710 labels, most of them Chinese. Reckoning only those that a
//! language can have saves time, and nothing is taken for a full-width look-alike. And many weights of the detector are numbers below
//! 1e-38 left over from its training, which processors reckon with a hundred times slower than with 0: half of its time.

/// Fields of ONNX's protocol buffers (onnx.proto, version 3).
mod field {
    pub const MODEL_GRAPH: u64 = 7;
    pub const MODEL_METADATA: u64 = 14;
    pub const ENTRY_KEY: u64 = 1;
    pub const ENTRY_VALUE: u64 = 2;
    pub const GRAPH_INITIALIZER: u64 = 5;
    pub const TENSOR_DIMENSION: u64 = 1;
    pub const TENSOR_TYPE: u64 = 2;
    pub const TENSOR_RAW_DATA: u64 = 9;
}

/// The model with only these labels (columns) in every initializer whose last dimension counts `all` labels, which must be of 4-byte
/// values stored raw; none when the bytes are no such model.
pub(crate) fn narrowed(model: &[u8], all: usize, keep: &[usize]) -> Option<Vec<u8>> {
    debug_assert!(keep.iter().all(|&k| k < all));
    rewrite(model, field::MODEL_GRAPH, |graph| {
        rewrite(graph, field::GRAPH_INITIALIZER, |tensor| match dimensions(tensor)?.last() {
            Some(&last) if last == all as u64 => narrowed_tensor(tensor, all, keep),
            _ => Some(tensor.to_vec()),
        })
    })
}

/// A weight below this adds nothing to a sum of others that matters.
const NOTHING: f32 = 1e-20;
/// ONNX's number for 32-bit floats.
const FLOAT: u64 = 1;

/// The model with 0 for weights that are almost 0; none when the bytes are no model. Only weights stored raw are looked at.
pub(crate) fn without_tiny_weights(model: &[u8]) -> Option<Vec<u8>> {
    rewrite(model, field::MODEL_GRAPH, |graph| {
        rewrite(graph, field::GRAPH_INITIALIZER, |tensor| {
            let floats = Items(tensor).flatten().any(|item| item.field == field::TENSOR_TYPE && item.number == FLOAT);
            if floats { rewrite(tensor, field::TENSOR_RAW_DATA, |raw| Some(flushed(raw))) } else { Some(tensor.to_vec()) }
        })
    })
}

fn flushed(raw: &[u8]) -> Vec<u8> {
    let mut raw = raw.to_vec();
    for bytes in raw.chunks_exact_mut(4) {
        if f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).abs() < NOTHING {
            bytes.fill(0);
        }
    }
    raw
}

/// What a model says about itself under a name.
pub(crate) fn metadata<'a>(model: &'a [u8], name: &str) -> Option<&'a str> {
    let entries = Items(model).map_while(|item| item).filter(|item| item.field == field::MODEL_METADATA);
    let value = entries.filter_map(|item| item.bytes).find_map(|entry| {
        let part = |number| Items(entry).flatten().find(|i| i.field == number).and_then(|i| i.bytes);
        (part(field::ENTRY_KEY)? == name.as_bytes()).then(|| part(field::ENTRY_VALUE))?
    });
    std::str::from_utf8(value?).ok()
}

fn narrowed_tensor(tensor: &[u8], all: usize, keep: &[usize]) -> Option<Vec<u8>> {
    let dimensions = dimensions(tensor)?;
    let mut out = Vec::new();
    for (place, &size) in dimensions.iter().enumerate() {
        varint_to(&mut out, field::TENSOR_DIMENSION << 3);
        varint_to(&mut out, if place + 1 == dimensions.len() { keep.len() as u64 } else { size });
    }
    for item in Items(tensor) {
        let item = item?;
        match (item.field, item.bytes) {
            (field::TENSOR_DIMENSION, _) => {}
            (field::TENSOR_RAW_DATA, Some(raw)) if raw.len() % (all * 4) == 0 => {
                let columns = |row: &'_ [u8]| {
                    keep.iter().flat_map(|&k| [row[k * 4], row[k * 4 + 1], row[k * 4 + 2], row[k * 4 + 3]]).collect::<Vec<_>>()
                };
                let kept: Vec<u8> = raw.chunks_exact(all * 4).flat_map(columns).collect();
                bytes_to(&mut out, field::TENSOR_RAW_DATA, &kept);
            }
            (field::TENSOR_RAW_DATA, _) => return None,
            _ => out.extend_from_slice(item.whole),
        }
    }
    Some(out)
}

fn dimensions(tensor: &[u8]) -> Option<Vec<u64>> {
    let mut found = Vec::new();
    for item in Items(tensor) {
        let item = item?;
        match (item.field, item.bytes) {
            (field::TENSOR_DIMENSION, None) => found.push(item.number),
            (field::TENSOR_DIMENSION, Some(mut packed)) => {
                while !packed.is_empty() {
                    found.push(varint(&mut packed)?);
                }
            }
            _ => {}
        }
    }
    Some(found)
}

/// The message with each field of this number, a message of its own, replaced; all else as it was.
fn rewrite(message: &[u8], number: u64, replace: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len());
    for item in Items(message) {
        let item = item?;
        match item.bytes {
            Some(bytes) if item.field == number => bytes_to(&mut out, number, &replace(bytes)?),
            _ => out.extend_from_slice(item.whole),
        }
    }
    Some(out)
}

fn bytes_to(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint_to(out, number << 3 | 2);
    varint_to(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint_to(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// One field of a message.
struct Item<'a> {
    field: u64,
    /// The value of a number; 0 for other kinds.
    number: u64,
    /// The value of a string or message.
    bytes: Option<&'a [u8]>,
    /// With its tag.
    whole: &'a [u8],
}

/// The fields of a message; ends with a none in it where the message is broken.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Option<Item<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let item = self.item();
        if item.is_none() {
            self.0 = &[];
        }
        Some(item)
    }
}

impl<'a> Items<'a> {
    fn item(&mut self) -> Option<Item<'a>> {
        let start = self.0;
        let tag = varint(&mut self.0)?;
        let (mut number, mut bytes) = (0, None);
        match tag & 7 {
            0 => number = varint(&mut self.0)?,
            1 => self.0 = self.0.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                bytes = Some(self.0.get(..length)?);
                self.0 = &self.0[length..];
            }
            5 => self.0 = self.0.get(4..)?,
            _ => return None,
        }
        Some(Item { field: tag >> 3, number, bytes, whole: &start[..start.len() - self.0.len()] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tensor(dimensions: &[u64], values: &[f32]) -> Vec<u8> {
        let mut out = Vec::new();
        for &size in dimensions {
            varint_to(&mut out, field::TENSOR_DIMENSION << 3);
            varint_to(&mut out, size);
        }
        bytes_to(&mut out, 8, b"weights");
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        bytes_to(&mut out, field::TENSOR_RAW_DATA, &raw);
        out
    }

    fn model(tensors: &[Vec<u8>]) -> Vec<u8> {
        let mut graph = Vec::new();
        bytes_to(&mut graph, 1, b"a node");
        tensors.iter().for_each(|t| bytes_to(&mut graph, field::GRAPH_INITIALIZER, t));
        let mut out = vec![1 << 3, 8];
        bytes_to(&mut out, field::MODEL_GRAPH, &graph);
        out
    }

    #[test]
    fn only_the_columns_of_kept_labels_stay() {
        let other = tensor(&[4], &[9.0, 8.0, 7.0, 6.0]);
        let before = model(&[tensor(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), other.clone()]);
        let after = model(&[tensor(&[2, 2], &[1.0, 3.0, 4.0, 6.0]), other]);
        assert_eq!(narrowed(&before, 3, &[0, 2]).unwrap(), after);
    }

    #[test]
    fn weights_that_are_almost_nothing_become_nothing() {
        let floats = |values: &[f32]| [&[field::TENSOR_TYPE as u8 * 8, FLOAT as u8][..], &tensor(&[4], values)].concat();
        let before = model(&[floats(&[0.5, 1e-39, -1e-30, -2.0])]);
        assert_eq!(without_tiny_weights(&before).unwrap(), model(&[floats(&[0.5, 0.0, 0.0, -2.0])]));
    }

    #[test]
    fn what_a_model_says_about_itself_is_found_by_its_name() {
        let mut model = model(&[]);
        for (key, value) in [("author", "somebody"), ("character", "a\nb")] {
            let mut entry = Vec::new();
            bytes_to(&mut entry, field::ENTRY_KEY, key.as_bytes());
            bytes_to(&mut entry, field::ENTRY_VALUE, value.as_bytes());
            bytes_to(&mut model, field::MODEL_METADATA, &entry);
        }
        assert_eq!(metadata(&model, "character"), Some("a\nb"));
        assert_eq!(metadata(&model, "version"), None);
    }

    #[test]
    fn a_model_that_ends_early_is_none() {
        let whole = model(&[tensor(&[2, 3], &[1.0; 6])]);
        assert!(narrowed(&whole[..whole.len() - 1], 3, &[0]).is_none());
    }

    proptest! {
        #[test]
        fn hostile_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (narrowed(&bytes, 3, &[0, 1]), metadata(&bytes, "character"));
        }
    }
}
