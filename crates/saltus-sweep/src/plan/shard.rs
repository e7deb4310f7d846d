//! Shards: every n-th task.

use super::PlanError;

/// Shard i of n, counted from 1: the tasks whose position in the list leaves the remainder i − 1 when divided by n.
///
/// ```rust
/// use saltus_sweep::plan::Shard;
/// let shard = Shard::parse("2/3", None)?;
/// assert!(shard.contains(1) && shard.contains(4) && !shard.contains(2));
/// # Ok::<(), saltus_sweep::plan::PlanError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    part: u32,
    of: u32,
}

impl Shard {
    /// All tasks: the shard `1/1`.
    pub const ALL: Shard = Shard { part: 1, of: 1 };

    /// From `i/n`; in `/n` the part is taken from `environment`, which is what a scheduler calls the task of an array.
    ///
    /// # Errors
    /// [`PlanError::Shard`] unless `1 ≤ i ≤ n`.
    pub fn parse(text: &str, environment: Option<&str>) -> Result<Shard, PlanError> {
        let parsed = || {
            let (part, of) = text.split_once('/')?;
            let part = match part {
                "" => environment?,
                part => part,
            };
            let (part, of) = (part.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&part).then_some(Shard { part, of })
        };
        parsed().ok_or_else(|| PlanError::Shard {
            found: match environment {
                Some(part) if text.starts_with('/') => format!("{part}{text}"),
                _ => text.to_owned(),
            },
        })
    }

    /// Whether the task at this position (from 0) belongs to the shard: `position mod n = i − 1`.
    pub fn contains(self, position: usize) -> bool {
        position as u64 % u64::from(self.of) == u64::from(self.part - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_the_tasks() {
        fn check(text: &str, environment: Option<&str>, expected: Option<(u32, u32)>) {
            let found = Shard::parse(text, environment).ok();
            assert_eq!(
                found.map(|shard| (shard.part, shard.of)),
                expected,
                "{text}"
            );
        }
        check("1/1", None, Some((1, 1)));
        check("2/3", Some("9"), Some((2, 3)));
        check("/3", Some("3"), Some((3, 3)));
        check("/3", Some("4"), None);
        check("/3", None, None);
        check("0/3", None, None);
        check("4/3", None, None);
        check("1/0", None, None);
        check("1", None, None);
        check("-1/2", None, None);
        for position in 0..20 {
            let shards = (1..=3).map(|part| Shard { part, of: 3 });
            assert_eq!(shards.filter(|shard| shard.contains(position)).count(), 1);
        }
    }
}
