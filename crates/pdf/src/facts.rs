//! What a PDF carries besides pages: presence only, found by a bounded look at its catalogue, its form and its annotations.

use hayro::hayro_syntax::Pdf as Syntax;
use hayro::hayro_syntax::object::dict::keys::{
    AA, ACRO_FORM, ANNOTS, EMBEDDED_FILES, FIELDS, JAVA_SCRIPT, NAMES, OPEN_ACTION, PERMS, S, SIG_FLAGS, SUBTYPE, XFA,
};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};

/// Annotations looked at, over all pages: a form of a thousand pages has fewer.
const ANNOTATIONS: usize = 20_000;

/// What a file carries besides pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// A form with fields.
    pub form: bool,
    /// A form for XFA readers, which the pages may show nothing of.
    pub xfa: bool,
    /// JavaScript that a viewer would run.
    pub scripts: bool,
    /// An action that starts a program.
    pub launches: bool,
    /// Files within the file.
    pub attachments: bool,
    /// A signature.
    pub signed: bool,
    /// A signature by which the author says what may be changed.
    pub certified: bool,
}

impl Facts {
    pub(crate) fn of(syntax: &Syntax) -> Self {
        let mut facts = Self::default();
        let Some(catalogue) = syntax.xref().get::<Dict<'_>>(syntax.xref().root_id()) else { return facts };
        if let Some(names) = catalogue.get::<Dict<'_>>(NAMES) {
            facts.scripts = names.contains_key(JAVA_SCRIPT);
            facts.attachments = names.contains_key(EMBEDDED_FILES);
        }
        facts.certified = catalogue.get::<Dict<'_>>(PERMS).is_some_and(|p| p.contains_key(b"DocMDP"));
        facts.note_action_under(&catalogue, OPEN_ACTION);
        facts.note_events(&catalogue);
        if let Some(form) = catalogue.get::<Dict<'_>>(ACRO_FORM) {
            facts.form = form.get::<Array<'_>>(FIELDS).is_some_and(|f| f.raw_iter().next().is_some());
            facts.xfa = form.contains_key(XFA);
            // Bit 1: there is a signature in the form (ISO 32000-2, table 225).
            facts.signed = facts.certified || form.get::<i32>(SIG_FLAGS).is_some_and(|f| f & 1 == 1);
        }
        facts.note_annotations(syntax);
        facts
    }

    fn note_annotations(&mut self, syntax: &Syntax) {
        let mut left = ANNOTATIONS;
        for page in syntax.pages().iter() {
            self.note_events(page.raw());
            for note in page.raw().get::<Array<'_>>(ANNOTS).iter().flat_map(Array::iter::<Dict<'_>>) {
                if left == 0 {
                    return;
                }
                left -= 1;
                self.attachments |= note.get::<Name<'_>>(SUBTYPE).is_some_and(|s| &*s == b"FileAttachment");
                self.note_action_under(&note, b"A");
                self.note_events(&note);
            }
        }
    }

    fn note_action_under(&mut self, owner: &Dict<'_>, key: &[u8]) {
        // An action to open with may be a plain destination, which is an array.
        if let Some(Object::Dict(action)) = owner.get::<Object<'_>>(key) {
            self.note_action(&action);
        }
    }

    fn note_events(&mut self, owner: &Dict<'_>) {
        let Some(events) = owner.get::<Dict<'_>>(AA) else { return };
        for event in events.keys().take(32) {
            if let Some(action) = events.get::<Dict<'_>>(&*event) {
                self.note_action(&action);
            }
        }
    }

    fn note_action(&mut self, action: &Dict<'_>) {
        match action.get::<Name<'_>>(S).as_deref() {
            Some(b"JavaScript") => self.scripts = true,
            Some(b"Launch") => self.launches = true,
            _ => {}
        }
    }
}
