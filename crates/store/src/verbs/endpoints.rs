//! Endpoints: where owners are told of all their jobs, and the log of what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use gristmill_model::{EndpointId, Timestamp};

use crate::Result;
use crate::book::line::{DeliveryLine, EndpointLine};
use crate::row::{Delivery, DeliveryFilter, Endpoint, EndpointChange, Listener, NewJob, Notify, Replay, Secret};
use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Filter, Hold, Line, Tx, lines, select};

pub(super) async fn add(tx: &mut dyn Tx, endpoint: Endpoint) -> Result<Endpoint> {
    let endpoint = Endpoint { created_at: tx.now().await?, disabled: None, ..endpoint };
    tx.apply(Change::insert(&[line(endpoint.clone())]).into_iter().collect()).await?;
    Ok(endpoint)
}

pub(super) async fn of(tx: &mut dyn Tx, owner: Option<&str>) -> Result<Vec<Endpoint>> {
    let (rest, values) = owner.map_or(("ORDER BY id", Vec::new()), |o| ("WHERE owner = $1 ORDER BY id", values![o]));
    Ok(select::<EndpointLine>(tx, rest, values).await?.into_iter().map(read).collect())
}

pub(super) async fn one(tx: &mut dyn Tx, id: EndpointId, hold: Hold) -> Result<Option<Endpoint>> {
    let found: Vec<EndpointLine> = lines(tx, keys(&[id]), hold).await?;
    Ok(found.into_iter().next().map(read))
}

pub(super) async fn change(tx: &mut dyn Tx, id: EndpointId, change: EndpointChange) -> Result<Option<Endpoint>> {
    let Some(mut endpoint) = one(tx, id, Hold::Write).await? else { return Ok(None) };
    let now = tx.now().await?;
    match change {
        EndpointChange::Rotate(text, beside) => endpoint.secrets = rotated(endpoint.secrets, text, beside, now),
        EndpointChange::Enable => endpoint.disabled = None,
        EndpointChange::Disable(why) => endpoint.disabled = endpoint.disabled.or(Some((now, why))),
        EndpointChange::Remove => {
            tx.apply(vec![Change::Delete(EndpointLine::TABLE, keys(&[id]))]).await?;
            return Ok(Some(endpoint));
        }
    }
    tx.apply(vec![Change::Put(EndpointLine::TABLE, vec![line(endpoint.clone()).write()])]).await?;
    Ok(Some(endpoint))
}

/// The newest secret first; those whose time is over are forgotten.
fn rotated(old: Vec<Secret>, text: String, beside: Duration, now: Timestamp) -> Vec<Secret> {
    let last = now + beside;
    let until = |s: &Secret| s.until.map_or(last, |until| until.min(last));
    let old = old.into_iter().map(|s| Secret { until: Some(until(&s)), ..s }).filter(|s| s.until > Some(now));
    std::iter::once(Secret { text, until: None }).chain(old).collect()
}

/// Writes into new jobs which endpoints their owners have.
pub(super) async fn listen(tx: &mut dyn Tx, jobs: &mut [NewJob]) -> Result<()> {
    let mut of_owner: BTreeMap<String, Vec<Listener>> = jobs.iter().map(|job| (job.owner.clone(), Vec::new())).collect();
    for (owner, listeners) in &mut of_owner {
        let found: Vec<EndpointLine> = select(tx, "WHERE owner = $1 AND disabled_at IS NULL ORDER BY id", values![owner.as_str()]).await?;
        listeners.extend(found.into_iter().map(|e| Listener { id: e.id, on: e.on }));
    }
    for job in jobs {
        let listeners = &of_owner[&job.owner];
        if !listeners.is_empty() {
            job.notify.get_or_insert_with(Notify::default).endpoints.clone_from(listeners);
        }
    }
    Ok(())
}

pub(super) async fn deliveries(tx: &mut dyn Tx, filter: &DeliveryFilter) -> Result<Vec<Delivery>> {
    let mut only = Filter::default();
    only.only_if("owner = ?", filter.owner.as_deref());
    only.only_if("endpoint_id = ?", filter.endpoint.map(EndpointId::uuid));
    only.only_if("job_id = ?", filter.job);
    only.only_if("id < ?", filter.before);
    let (rest, values) = only.rest("id DESC", filter.limit.max(1));
    Ok(select::<DeliveryLine>(tx, &rest, values).await?.into_iter().map(tried).collect())
}

pub(super) async fn replay(tx: &mut dyn Tx, owner: &str, what: Replay) -> Result<u64> {
    let again =
        "UPDATE effect SET state = 'open', tries = 0, error = NULL, ended_at = NULL, due = $1 WHERE owner = $2 AND kind = 'webhook'";
    let now = tx.now().await?;
    match what {
        Replay::One(id) => tx.run(&format!("{again} AND state <> 'open' AND id = $3"), values![now, owner, id.uuid()]).await,
        Replay::Lost(endpoint, since) => {
            let lost = "AND state = 'dead' AND id IN (SELECT effect_id FROM delivery WHERE endpoint_id = $3 AND at >= $4)";
            tx.run(&format!("{again} {lost}"), values![now, owner, endpoint.uuid(), since]).await
        }
    }
}

fn line(endpoint: Endpoint) -> EndpointLine {
    let Endpoint { id, owner, url, on, secrets, created_at, disabled } = endpoint;
    let (disabled_at, disabled_why) = disabled.unzip();
    EndpointLine { id, owner, url, on, secrets, created_at, disabled_at, disabled_why }
}

fn read(line: EndpointLine) -> Endpoint {
    let EndpointLine { id, owner, url, on, secrets, created_at, disabled_at, disabled_why } = line;
    Endpoint { id, owner, url, on, secrets, created_at, disabled: disabled_at.map(|at| (at, disabled_why.unwrap_or_default())) }
}

fn tried(line: DeliveryLine) -> Delivery {
    let DeliveryLine { id, effect, owner, endpoint, job, event, receiver, at, took, number, state, error } = line;
    Delivery { id, effect, endpoint, job, owner, event, receiver, at, took, number, state, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str, until: Option<i64>) -> Secret {
        Secret { text: text.into(), until: until.map(Timestamp) }
    }

    #[test]
    fn an_old_secret_signs_beside_the_new_one_until_its_time_is_over() {
        let hour = Duration::from_millis(100);
        let once = rotated(vec![secret("a", None)], "b".into(), hour, Timestamp(1000));
        assert_eq!(once, [secret("b", None), secret("a", Some(1100))]);
        let twice = rotated(once.clone(), "c".into(), hour, Timestamp(1050));
        assert_eq!(twice, [secret("c", None), secret("b", Some(1150)), secret("a", Some(1100))], "no older one gets more time");
        let late = rotated(once, "c".into(), hour, Timestamp(1100));
        assert_eq!(late, [secret("c", None), secret("b", Some(1200))]);
        assert_eq!(rotated(late, "d".into(), Duration::ZERO, Timestamp(1150)), [secret("d", None)], "a leaked one can be ended at once");
    }
}
