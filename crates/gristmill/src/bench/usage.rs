//! What this process and everything it started use: processor time, and the most memory that a tree of them had at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::param::{clock_ticks_per_second, page_size};

/// How often memory is looked at. A look takes a millisecond or two.
const LOOK: Duration = Duration::from_millis(100);

/// What some work took.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// From its start to its end.
    pub seconds: f64,
    /// Of all cores together, by this process and everything it started.
    pub cpu_seconds: f64,
    /// The largest sum of memory over the tree that was watched, in bytes: resident pages, of which those that several share count once.
    pub peak: u64,
}

/// Looks at a tree of processes until it is told to stop.
pub struct Watch {
    began: Instant,
    cpu_before: f64,
    over: Arc<AtomicBool>,
    looking: JoinHandle<u64>,
}

impl Watch {
    /// Watches the memory of this process's own tree.
    pub fn ours() -> Self {
        Self::of(std::process::id())
    }

    /// Watches the memory of the tree below a process, and with it.
    pub fn of(root: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let looking = std::thread::spawn({
            let over = Arc::clone(&over);
            move || {
                let mut peak = 0;
                while !over.load(Ordering::Relaxed) {
                    peak = peak.max(memory(&processes(), root));
                    std::thread::park_timeout(LOOK);
                }
                peak
            }
        });
        Self { began: Instant::now(), cpu_before: cpu_seconds(), over, looking }
    }

    /// What was used until now.
    pub fn stop(self) -> Usage {
        let (seconds, cpu_seconds) = (self.began.elapsed().as_secs_f64(), cpu_seconds() - self.cpu_before);
        self.over.store(true, Ordering::Relaxed);
        self.looking.thread().unpark();
        Usage { seconds, cpu_seconds, peak: self.looking.join().unwrap_or_default() }
    }
}

/// What the kernel tells of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    parent: u32,
    /// Its own, and that of its children that have ended.
    ticks: u64,
    pages: u64,
}

fn processes() -> BTreeMap<u32, Process> {
    let ids = std::fs::read_dir("/proc").into_iter().flatten().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, process(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?))).collect()
}

/// Out of `/proc/<pid>/stat`: see proc(5). A name may hold blanks and brackets, so what follows its last bracket counts.
fn process(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let ticks = (14..=17).map(number).sum::<Option<u64>>()?;
    Some(Process { parent: u32::try_from(number(4)?).ok()?, ticks, pages: number(24)? })
}

/// A process and all below it.
fn tree(all: &BTreeMap<u32, Process>, root: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([root]);
    loop {
        let more: Vec<u32> = all.iter().filter(|(id, p)| found.contains(&p.parent) && !found.contains(id)).map(|(id, _)| *id).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn memory(all: &BTreeMap<u32, Process>, root: u32) -> u64 {
    let of = |id: &u32| Some(proportional(*id).unwrap_or(all.get(id)?.pages * page_size() as u64));
    tree(all, root).iter().filter_map(of).sum()
}

/// The memory of a process, in which a page that it shares with others counts as its share; `None` when the kernel does not say.
fn proportional(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn cpu_seconds() -> f64 {
    let all = processes();
    let ticks: u64 = tree(&all, std::process::id()).iter().filter_map(|id| all.get(id)).map(|p| p.ticks).sum();
    ticks as f64 / clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_process_is_read_whatever_its_name() {
        let stat = "7 (a ) b) S 5 7 7 0 -1 4194560 100 0 0 0 30 12 7 1 20 0 1 0 100 1000 250 18446744073709551615";
        assert_eq!(process(stat), Some(Process { parent: 5, ticks: 50, pages: 250 }));
        assert_eq!(process("7 (a"), None);
    }

    #[test]
    fn a_tree_holds_children_of_children_and_nobody_else() {
        let of = |parent| Process { parent, ticks: 0, pages: 1 };
        let all = BTreeMap::from([(1, of(0)), (2, of(1)), (9, of(2)), (3, of(9)), (4, of(1))]);
        assert_eq!(tree(&all, 2), BTreeSet::from([2, 3, 9]));
    }

    #[test]
    fn work_of_this_process_is_seen() {
        let watch = Watch::ours();
        let mut n = 0u64;
        while cpu_seconds() - watch.cpu_before < 0.05 {
            n = std::hint::black_box(n + 1);
        }
        let used = watch.stop();
        assert!(used.cpu_seconds >= 0.05 && used.seconds > 0.0 && used.peak > 1 << 20, "{used:?}");
    }
}
