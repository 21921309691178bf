//! All objects of a database, each behind what it needs.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

use crate::{
    QueryError, Session,
    catalog::{Catalog, ObjectAddress},
};

/// An object, or the shell of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) address: ObjectAddress,
    pub(super) shell: bool,
}

/// Objects in an order in which they can be made.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) nodes: Vec<Node>,
    /// Relations that stand in a circle: what of them can wait must wait until all are there.
    pub(super) loose: Vec<u32>,
}

/// Objects by the places in a list that is in the order in which one would make them if none needed another.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    /// For each, what it needs, and whether that can be had later.
    needs: Vec<HashMap<usize, bool>>,
}

/// The objects of the database.
///
/// # Errors
///
/// PostgreSQL's.
pub(super) async fn sorted(session: &mut Session) -> Result<Order, QueryError> {
    let mut graph = Graph::default();
    let rows = session.query(include_str!("sql/objects.sql"), &[]).await?;
    for row in rows.texts() {
        let [Some(catalog), Some(oid), _, _, shell] = row.as_slice() else { continue };
        let (Ok(catalog), Ok(oid)) = (catalog.parse(), oid.parse()) else { continue };
        let address = ObjectAddress { catalog, oid };
        if shell.as_deref() == Some("t") {
            graph.nodes.push(Node { address, shell: true });
        }
        graph.nodes.push(Node { address, shell: false });
    }
    graph.needs.resize_with(graph.nodes.len(), HashMap::new);
    let places: HashMap<Node, usize> = graph.nodes.iter().enumerate().map(|(place, node)| (*node, place)).collect();
    let rows = session.query(include_str!("sql/dependencies.sql"), &[]).await?;
    for row in rows.texts() {
        let [Some(catalog), Some(oid), Some(other), Some(other_oid), shell, soft] = row.as_slice() else { continue };
        let (Ok(catalog), Ok(oid)) = (catalog.parse::<Catalog>(), oid.parse()) else { continue };
        let (Ok(other), Ok(other_oid)) = (other.parse::<Catalog>(), other_oid.parse()) else { continue };
        let node = Node { address: ObjectAddress { catalog, oid }, shell: false };
        let address = ObjectAddress { catalog: other, oid: other_oid };
        let shell = shell.as_deref() == Some("t") && places.contains_key(&Node { address, shell: true });
        let (Some(place), Some(needed)) = (places.get(&node), places.get(&Node { address, shell })) else { continue };
        graph.needs[*place].insert(*needed, soft.as_deref() == Some("t"));
        // The shell is in the same schema.
        if let Some(shell) = places.get(&Node { shell: true, ..node })
            && other == Catalog::Namespace
        {
            graph.needs[*shell].insert(*needed, false);
        }
    }
    for (place, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.shell) {
        if let Some(whole) = places.get(&Node { shell: false, ..*node }) {
            graph.needs[*whole].insert(place, false);
        }
    }
    Ok(graph.sort())
}

impl Graph {
    /// Takes, again and again, the first that needs nothing more. Where all need one another in a circle, one is taken
    /// apart: what it can have later is not waited for.
    fn sort(mut self) -> Order {
        let mut order = Order::default();
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (place, needs) in self.needs.iter().enumerate() {
            needs.keys().for_each(|needed| needed_by[*needed].push(place));
        }
        let mut waiting: HashSet<usize> = (0..self.nodes.len()).collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            waiting.iter().filter(|place| self.needs[**place].is_empty()).map(|place| Reverse(*place)).collect();
        while !waiting.is_empty() {
            let Some(Reverse(place)) = ready.pop() else {
                ready.extend(self.take_apart(&waiting, &mut order.loose).map(Reverse));
                continue;
            };
            if !waiting.remove(&place) {
                continue;
            }
            order.nodes.push(self.nodes[place]);
            for other in &needed_by[place] {
                if self.needs[*other].remove(&place).is_some() && self.needs[*other].is_empty() {
                    ready.push(Reverse(*other));
                }
            }
        }
        order
    }

    /// The first that does not wait any more, if there is one now.
    fn take_apart(&mut self, waiting: &HashSet<usize>, loose: &mut Vec<u32>) -> Option<usize> {
        let mut places: Vec<usize> = waiting.iter().copied().collect();
        places.sort_unstable();
        let stands_in_circle = |place: &&usize| {
            let soft = self.needs[**place].iter().filter(|(_, soft)| **soft).map(|(needed, _)| *needed);
            self.reaches(soft.collect(), **place)
        };
        let Some(&place) = places.iter().find(stands_in_circle) else {
            // Nothing of this circle can wait: the first is made all the same, and PostgreSQL says what it lacks.
            let first = places[0];
            self.needs[first].clear();
            return Some(first);
        };
        loose.push(self.nodes[place].address.oid);
        self.needs[place].retain(|_, soft| !*soft);
        self.needs[place].is_empty().then_some(place)
    }

    fn reaches(&self, mut from: Vec<usize>, place: usize) -> bool {
        let mut seen = HashSet::new();
        while let Some(next) = from.pop() {
            if next == place {
                return true;
            }
            if seen.insert(next) {
                from.extend(self.needs[next].keys());
            }
        }
        false
    }
}
