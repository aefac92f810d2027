//! Video: probe, poster, ladder, packaging, with ffmpeg in the sandbox.
//!
//! Policy is pure and in files of its own: [`ladder`] sizes, [`plan`] decisions, [`graph`] filters, [`args`] arguments,
//! [`level`] H.264 levels, [`verify`] the gate after encoding, [`playlist`] and [`master`] HLS, [`progress`] and
//! [`diagnosis`] what ffmpeg says. The operations put them together: [`probe`], [`transcode`], [`package`], [`poster`].

mod args;
mod diagnosis;
mod ffmpeg;
mod graph;
mod inspect;
mod ladder;
mod level;
mod master;
mod package;
mod plan;
mod playlist;
mod poster;
mod probe;
mod progress;
mod rendition;
mod source;
mod transcode;
mod verify;

use crate::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    registry.add(probe::Probe);
    registry.add(transcode::Transcode);
    registry.add(package::Package);
    registry.add(poster::Poster);
}
