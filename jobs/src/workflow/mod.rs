//! Work made of jobs: chains, `jobs::all`, batches, and what can be seen of them.

mod all;
mod batch;
mod batch_handle;
mod chain;
mod gathered;
mod stage;
pub(crate) mod store;
mod view;

pub use all::{All, Many, all};
pub use batch::{Batch, BatchIn, batch};
pub use batch_handle::{BatchHandle, BatchId, BatchProgress};
pub use chain::{Chain, ChainIn, chain};
pub(crate) use gathered::Gathered;
pub(crate) use stage::Link;
pub use stage::{After, Nothing, Step, TakesInput, Then};
pub(crate) use view::number;
pub use view::{FlowGroup, FlowJob, FlowKind, FlowNode, FlowView};
