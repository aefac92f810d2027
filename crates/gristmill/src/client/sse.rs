//! Reads Server-Sent Events from pieces of bytes cut anywhere (the "event stream interpretation" of the HTML standard).

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The last id that was given, by this event or one before it.
    pub id: String,
    /// Its kind; empty when the stream did not say.
    pub kind: String,
    /// Its data; lines joined by line feeds.
    pub data: String,
}

/// Puts events together. A line may end with CR, LF or both.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_cr: bool,
    begun: bool,
    current: Event,
    has_data: bool,
}

impl Parser {
    /// Takes a piece and answers the events that it completes.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in piece {
            let follows_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if follows_cr => {}
                b'\n' | b'\r' => events.extend(self.end_of_line()),
                other => self.line.push(other),
            }
        }
        events
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let text = if std::mem::replace(&mut self.begun, true) { &*text } else { text.strip_prefix('\u{feff}').unwrap_or(&text) };
        if text.is_empty() {
            return self.dispatch();
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        self.field(field, value.strip_prefix(' ').unwrap_or(value));
        None
    }

    /// A comment is a field without a name; it and unknown fields are passed over.
    fn field(&mut self, field: &str, value: &str) {
        match field {
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.current.data.push('\n');
                }
                self.current.data.push_str(value);
            }
            "event" => value.clone_into(&mut self.current.kind),
            "id" if !value.contains('\0') => value.clone_into(&mut self.current.id),
            _ => {}
        }
    }

    /// An event without data is none; its id still counts.
    fn dispatch(&mut self) -> Option<Event> {
        let id = self.current.id.clone();
        let event = std::mem::replace(&mut self.current, Event { id, ..Event::default() });
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = "\u{feff}: hello\r\nid: 1\r\nevent: job.created\r\ndata: {\"a\":1}\r\n\r\nid: 2\ndata: é\ndata:  two\n\nevent: lost\n\n:ping\n\nid\rdata\r\rdata: cut";

    fn event(id: &str, kind: &str, data: &str) -> Event {
        Event { id: id.into(), kind: kind.into(), data: data.into() }
    }

    fn expected() -> [Event; 3] {
        [event("1", "job.created", "{\"a\":1}"), event("2", "", "é\n two"), event("", "", "")]
    }

    #[test]
    fn events_comments_ids_and_all_line_ends_are_understood() {
        assert_eq!(Parser::default().push(STREAM.as_bytes()), expected());
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(mut cuts in proptest::collection::vec(0..=STREAM.len(), 0..20)) {
            cuts.push(0);
            cuts.push(STREAM.len());
            cuts.sort_unstable();
            let mut parser = Parser::default();
            let events: Vec<Event> = cuts.windows(2).flat_map(|w| parser.push(&STREAM.as_bytes()[w[0]..w[1]])).collect();
            prop_assert_eq!(events, expected());
        }

        #[test]
        fn any_bytes_are_read_without_harm_and_the_same_in_one_piece_or_many(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut whole, mut single) = (Parser::default(), Parser::default());
            let apart: Vec<Event> = bytes.iter().flat_map(|b| single.push(&[*b])).collect();
            prop_assert_eq!(whole.push(&bytes), apart);
        }
    }
}
