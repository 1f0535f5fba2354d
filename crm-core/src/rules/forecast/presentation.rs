//! Single and cumulative presentation: two ways to show the same four numbers.

use super::sums::{ByCategory, Sums};
use crate::kernel::coded::coded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::sales::Category;

coded! {
    /// How categories are shown.
    Presentation {
        /// Each by itself.
        Single = "single",
        /// Each with those that are surer.
        Cumulative = "cumulative",
    }
}

/// Four numbers, cumulated as Salesforce does: open pipeline is everything that is open and nothing that is closed; best
/// case and commit include what is surer, closed deals too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cumulative {
    /// Pipeline, best case and commit.
    pub open_pipeline: i128,
    /// Best case, commit and closed.
    pub best_case: i128,
    /// Commit and closed.
    pub commit: i128,
    /// Closed.
    pub closed: i128,
}

impl Cumulative {
    /// From single numbers: pipeline, best case, commit, closed.
    ///
    /// ```
    /// use crm_core::rules::forecast::Cumulative;
    /// let shown = Cumulative::of([200, 150, 100, 50]).unwrap();
    /// assert_eq!((shown.closed, shown.commit, shown.best_case, shown.open_pipeline), (50, 150, 300, 450));
    /// assert_eq!(shown.single().unwrap(), [200, 150, 100, 50]);
    /// ```
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn of(single: [i128; 4]) -> Result<Self> {
        let [pipeline, best_case, commit, closed] = single;
        let sum = |parts: &[i128]| {
            let sum = parts.iter().try_fold(0i128, |sum, part| sum.checked_add(*part));
            sum.ok_or(Problem::AmountTooLarge)
        };
        Ok(Self {
            open_pipeline: sum(&[pipeline, best_case, commit])?,
            best_case: sum(&[best_case, commit, closed])?,
            commit: sum(&[commit, closed])?,
            closed,
        })
    }

    /// Of one kind of sum.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn of_sums(sums: &ByCategory, which: impl Fn(&Sums) -> i128) -> Result<Self> {
        let [p, b, c, d] = [Category::Pipeline, Category::BestCase, Category::Commit, Category::Closed];
        Self::of([p, b, c, d].map(|category| which(&sums.get(category))))
    }

    /// The single numbers again; nothing is lost.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn single(&self) -> Result<[i128; 4]> {
        let minus = |a: i128, b: i128| a.checked_sub(b).ok_or(Problem::AmountTooLarge);
        let commit = minus(self.commit, self.closed)?;
        let best_case = minus(self.best_case, self.commit)?;
        let pipeline = minus(minus(self.open_pipeline, best_case)?, commit)?;
        Ok([pipeline, best_case, commit, self.closed])
    }
}
