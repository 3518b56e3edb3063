//! What the history of a seed is like: how many devices, how much happens,
//! what goes wrong, and whether the server is honest.

use crate::dice::Dice;
use crate::liar::Lie;

/// Of four seeds one has a server that lies.
const LYING_ONE_IN: u64 = 4;

/// How rough the network is, so many times in a thousand messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) request_lost: u64,
    pub(crate) answer_lost: u64,
    pub(crate) duplicate: u64,
    pub(crate) delay: u64,
}

/// How the end is come to once all faults are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Somebody asks each device to check, in rounds.
    ByHand,
    /// Nobody asks: the devices' own schedule has to do.
    ByItself,
}

/// A part of the simulator's own world that is broken on purpose, to see
/// whether the simulator notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// None.
    Nothing,
    /// The server answers before its disk has what was uploaded.
    EarlyAnswer,
    /// A device's storage says that it has written, now and then without
    /// having done so.
    ForgetfulDisk,
}

/// The plan of one seed.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) devices: usize,
    pub(crate) actions: u64,
    /// Usual time between two actions.
    pub(crate) pace_ms: u64,
    /// Of a thousand happenings so many are faults.
    pub(crate) faults: u64,
    pub(crate) weather: Weather,
    pub(crate) page_ops_max: usize,
    /// How long the server gathers uploads before it commits.
    pub(crate) commit_ms: u64,
    pub(crate) ending: Ending,
    /// The lie that this server tells, if it lies.
    pub(crate) lie: Option<Lie>,
    pub(crate) sabotage: Sabotage,
}

impl Plan {
    /// The plan of a seed, which also says which lies there are.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let lying = seed % LYING_ONE_IN == LYING_ONE_IN - 1;
        let actions = match dice.below(10) {
            0 | 1 => dice.between(4, 15),
            2..=6 => dice.between(15, 45),
            7 | 8 => dice.between(45, 90),
            _ => dice.between(90, 200),
        };
        let rough = dice.pick(&[0, 20, 100, 300]).unwrap_or(0);
        let weather = Weather {
            request_lost: dice.below(rough + 1),
            answer_lost: dice.below(rough + 1),
            duplicate: dice.below(rough + 1),
            delay: dice.below(rough + 1),
        };
        Self {
            seed,
            devices: dice.between(2, 5) as usize,
            actions,
            pace_ms: dice.pick(&[200, 2_000, 10_000, 60_000]).unwrap_or(200),
            faults: dice.pick(&[0, 50, 150, 300]).unwrap_or(0),
            weather,
            page_ops_max: dice.pick(&[1, 2, 5, 20, 1_000]).unwrap_or(1),
            commit_ms: dice.pick(&[0, 1, 5, 50, 400]).unwrap_or(0),
            ending: dice
                .pick(&[Ending::ByHand, Ending::ByItself])
                .unwrap_or(Ending::ByHand),
            lie: if lying { dice.pick(Lie::ALL) } else { None },
            sabotage: Sabotage::Nothing,
        }
    }
}
