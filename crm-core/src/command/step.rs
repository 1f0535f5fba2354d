//! The commands that take a record a step further: a deal to a stage, a ticket to a status.

/// Commands of one kind of step. Each decides where to; the step knows its JSON (`to_json`, `from_json`) and how it is
/// taken (`take`).
macro_rules! steps {
    ($step:ty: $($(#[$doc:meta])* $name:ident = $text:literal, $decide:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// The record.
            pub id: Id,
            /// The version that the person saw; a step that somebody else took since is a conflict.
            pub version: Option<u64>,
            /// Where to, since when, and what is said of it.
            pub step: $step,
        }

        impl $name {
            /// This record, this step.
            pub const fn new(id: Id, step: $step) -> Self {
                Self { id, version: None, step }
            }
        }

        impl Command for $name {
            type Output = Saved;
            const VERB: Verb = Verb::Patch;

            fn name() -> Cow<'static, str> {
                $text.into()
            }

            fn to_json(&self) -> Json {
                self.step.to_json(self.id, self.version)
            }

            fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
                let (id, version, step) = <$step>::from_json(body)?;
                Ok(Self { id, version, step })
            }

            fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
                let decide: fn(&mut Cx<'_>, Id, &$step) -> Result<String> = $decide;
                let to = decide(cx, self.id, &self.step)?;
                self.step.take(cx, self.id, self.version, to)
            }
        }
    )* };
}
pub(super) use steps;
