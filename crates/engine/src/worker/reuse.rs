//! Never twice: what a step makes is known by a hash of all it depends on, and when its owner has it already it is copied, not made again.

use gristmill_blob::{BlobError, hex};
use gristmill_model::pipeline::Step;
use gristmill_model::report::Artifact;
use gristmill_operate::OperationError;
use gristmill_store::{Claimed, Made};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Shared;
use super::attempt::publish_failed;
use crate::artifact::artifact_key;

/// Changes with what operations make of the same input; then nothing that was made before is taken for it.
const GENERATION: u32 = 1;

/// The key of a step's result; `None` when it is not to be known again: its operation does not say that it always makes the same, it is a
/// part of a step, or the bytes of its file were never hashed.
pub(super) fn key(shared: &Shared, task: &Claimed) -> Option<String> {
    if task.task.part > 0 || task.sha256.is_empty() {
        return None;
    }
    let version = |op: &str| shared.engine.parts.operations.get(op).map(|o| o.version());
    version(&task.step().op)??;
    let depends = |op: &str| shared.engine.parts.operations.get(op).map(|o| o.depends_on(&shared.tools)).filter(|all| !all.is_empty());
    let mut sha = Sha256::new();
    let base = json!([GENERATION, task.sha256, task.name, task.plan.accepts]);
    part(&mut sha, &base);
    // Whoever does not know it gets nothing that was made with it.
    if let Some(password) = &task.password {
        part(&mut sha, &json!(password.0));
    }
    for step in lineage(&task.plan.steps, task.step()) {
        part(
            &mut sha,
            &json!([step.id, step.op, version(&step.op).flatten(), step.after, canonical(&Value::Object(step.options.clone()))]),
        );
        if let Some(all) = depends(&step.op) {
            part(&mut sha, &json!(all));
        }
    }
    Some(hex(&sha.finalize()))
}

fn part(sha: &mut Sha256, value: &Value) {
    let text = value.to_string();
    sha.update((text.len() as u64).to_le_bytes());
    sha.update(text);
}

/// A step and all it comes after, in the order of the pipeline.
fn lineage<'a>(steps: &'a [Step], of: &'a Step) -> Vec<&'a Step> {
    let mut wanted = vec![of.id.as_str()];
    let mut at = 0;
    while at < wanted.len() {
        let after = steps.iter().find(|s| s.id == wanted[at]).map(|s| s.after.as_slice()).unwrap_or_default();
        for id in after {
            if !wanted.contains(&id.as_str()) {
                wanted.push(id);
            }
        }
        at += 1;
    }
    steps.iter().filter(|s| wanted.contains(&s.id.as_str())).collect()
}

/// JSON whose objects have their keys in order.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            Value::Array(pairs.into_iter().map(|(key, value)| json!([key, canonical(value)])).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        plain => plain.clone(),
    }
}

/// The report and the results of an earlier step with this key, copied under this attempt's own fence; `None` when there is none, when
/// its job wants all anew, or when something of it is gone.
pub(super) async fn reused(
    shared: &Shared,
    task: &Claimed,
    key: Option<&str>,
) -> Result<Option<(Value, Vec<(Artifact, String)>)>, OperationError> {
    let Some(key) = key.filter(|_| !task.anew) else { return Ok(None) };
    let found = shared.engine.parts.store.made(task.owner.clone(), key.to_owned()).await;
    let found = found.map_err(super::gather::store_failed)?;
    let Some(Made { task: maker, mut report, artifacts }) = found.filter(|made| made.task != task.task) else { return Ok(None) };
    let mut copied = Vec::with_capacity(artifacts.len());
    for made in artifacts {
        let from = made.key.parse();
        let (Ok(from), Some(to)) = (from, artifact_key(task.task, task.fence, &made.artifact.name)) else { return Ok(None) };
        match shared.engine.parts.blobs.concat(&[from], &to).await {
            Ok(bytes) if bytes == made.artifact.bytes => copied.push((made.artifact, to.to_string())),
            // Its job was deleted, or run again, in this moment.
            Ok(_) | Err(BlobError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(publish_failed(error)),
        }
    }
    if let Some(report) = report.as_object_mut() {
        report.insert("reused".to_owned(), json!({ "job": maker.job() }));
    }
    Ok(Some((report, copied)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, after: &[&str]) -> Step {
        let step = json!({"id": id, "op": "noop", "after": after});
        serde_json::from_value(step).unwrap()
    }

    #[test]
    fn a_step_depends_on_all_before_it_and_on_nothing_beside_it() {
        let steps = [step("a", &[]), step("b", &["a"]), step("c", &["a"]), step("d", &["b"])];
        let ids = |of: usize| lineage(&steps, &steps[of]).iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(3), ["a", "b", "d"]);
        assert_eq!(ids(2), ["a", "c"]);
        assert_eq!(ids(0), ["a"]);
    }

    #[test]
    fn the_order_of_options_does_not_matter_and_their_values_do() {
        let of = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(of(r#"{"a":{"x":1,"y":2},"b":[1]}"#), of(r#"{"b":[1],"a":{"y":2,"x":1}}"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":2}"#));
    }
}
