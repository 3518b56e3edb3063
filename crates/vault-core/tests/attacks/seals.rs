//! Sealed operations and objects, changed and in other places.

use super::flips::flips as every_flip;
use super::world::{POLICIES, World, identity};
use super::{Attack, Extent};
use crate::common::{draft, record, rng};
use vault_core::{OpBody, UnlockedVault};
use vault_types::{Epoch, Kind, ObjectType, Op, PolicyVersion, RecordId, SealedBytes};

/// Bytes of an object in front of its sealed body.
const HEADER_LEN: usize = 8;
const VERSION: u8 = 1;

/// A sealed thing and where it belongs.
enum Sealed {
    Op(Op),
    Object(ObjectType, [u8; 16], Vec<u8>),
}

impl Sealed {
    /// The part under the seal, which fits anywhere by its form.
    fn body(&self) -> &[u8] {
        match self {
            Self::Op(op) => op.body.as_slice(),
            Self::Object(_, _, bytes) => &bytes[HEADER_LEN..],
        }
    }

    /// This place with that body in it.
    fn with(&self, body: &[u8]) -> Self {
        match self {
            Self::Op(op) => Self::Op(Op {
                header: op.header,
                body: SealedBytes::new(body.to_vec()),
            }),
            Self::Object(of, id, bytes) => {
                Self::Object(*of, *id, [&bytes[..HEADER_LEN], body].concat())
            }
        }
    }

    fn opens(&self, vault: &UnlockedVault) -> bool {
        match self {
            Self::Op(op) => vault.open_op(op).is_ok(),
            Self::Object(of, id, bytes) => vault.open_object(*of, id, VERSION, bytes).is_ok(),
        }
    }
}

/// A vault's records, a note of each kind in turn, and of each record every
/// type of object, under the record's own id.
fn sealed(vault: &UnlockedVault, records: u8) -> Vec<Sealed> {
    let mut rng = rng(9);
    let mut all = Vec::new();
    for number in 0..records {
        let mut body = record(&number.to_string());
        body.kind = Kind::ALL[usize::from(number) % Kind::ALL.len()];
        let op = vault.seal_op(&draft(number), &OpBody::Record(body), &mut rng);
        all.push(Sealed::Op(op.unwrap()));
        let id = RecordId::from_random([number; 16]);
        for of in ObjectType::ALL
            .into_iter()
            .filter(|of| *of != ObjectType::Op)
        {
            let bytes = vault.seal_object(of, id.as_bytes(), VERSION, &[number; 9], &mut rng);
            all.push(Sealed::Object(of, *id.as_bytes(), bytes.unwrap()));
        }
    }
    all
}

/// Every bit of an operation, header included, and of an object of each type.
pub(crate) fn flips() -> Attack {
    let mut attack = Attack::new("a bit flipped in a sealed operation or object");
    for policy in POLICIES {
        for epoch in [1, 2] {
            let world = World::new(identity(1, 2), policy, epoch);
            for sealed in sealed(&world.vault, 1) {
                match &sealed {
                    Sealed::Op(op) => {
                        for (bit, bytes) in every_flip(&op.encode()).enumerate() {
                            let opened = Op::parse(&bytes)
                                .is_ok_and(|changed| world.vault.open_op(&changed).is_ok());
                            attack.tried(opened, || format!("operation, bit {bit}"));
                        }
                    }
                    Sealed::Object(of, id, bytes) => {
                        for (bit, changed) in every_flip(bytes).enumerate() {
                            let changed = Sealed::Object(*of, *id, changed);
                            let opened = changed.opens(&world.vault);
                            attack.tried(opened, || format!("{of:?}, bit {bit}"));
                        }
                    }
                }
            }
        }
    }
    attack
}

/// Cut at every length, and longer by a byte of every value.
pub(crate) fn truncations() -> Attack {
    let mut attack = Attack::new("a sealed operation or object cut or lengthened");
    for policy in POLICIES {
        let world = World::new(identity(1, 2), policy, 1);
        for sealed in sealed(&world.vault, 1) {
            let body = sealed.body().to_vec();
            for len in 0..body.len() {
                let opened = sealed.with(&body[..len]).opens(&world.vault)
                    || sealed.with(&body[len + 1..]).opens(&world.vault);
                attack.tried(opened, || format!("at {len}"));
            }
            for byte in 0..=u8::MAX {
                let longer = [body.as_slice(), &[byte]].concat();
                let opened = sealed.with(&longer).opens(&world.vault);
                attack.tried(opened, || format!("and {byte}"));
            }
        }
    }
    attack
}

/// All ordered pairs of (record, kind, object type) of a vault: the body of
/// one in the place of the other.
pub(crate) fn places(extent: Extent) -> Attack {
    let mut attack = Attack::new("a sealed body in the place of another");
    let records = match extent {
        Extent::Everything => 50,
        Extent::Core => 12,
    };
    for policy in POLICIES {
        let world = World::new(identity(1, 2), policy, 1);
        let all = sealed(&world.vault, records);
        assert!(all.iter().all(|sealed| sealed.opens(&world.vault)));
        for (to, place) in all.iter().enumerate() {
            for (from, given) in all.iter().enumerate().filter(|(from, _)| *from != to) {
                let opened = place.with(given.body()).opens(&world.vault);
                attack.tried(opened, || format!("{from} as {to}"));
            }
        }
    }
    attack
}

/// An operation under every other kind, epoch, policy, object type and
/// version of its content.
pub(crate) fn headers() -> Attack {
    let mut attack = Attack::new("a sealed thing as of another kind, epoch or policy");
    for policy in POLICIES {
        let world = World::new(identity(1, 2), policy, 3);
        for sealed in sealed(&world.vault, 10) {
            match sealed {
                Sealed::Op(op) => {
                    let kinds = Kind::ALL.map(Some).into_iter().chain([None]);
                    for kind in kinds {
                        for epoch in 0..=4 {
                            for version in 0..=3 {
                                let mut changed = op.clone();
                                changed.header.standard_kind = kind;
                                changed.header.epoch = Epoch(epoch);
                                changed.header.policy = PolicyVersion(version);
                                if changed.header != op.header {
                                    let opened = world.vault.open_op(&changed).is_ok();
                                    attack.tried(opened, || format!("{kind:?} {epoch} {version}"));
                                }
                            }
                        }
                    }
                }
                Sealed::Object(of, id, bytes) => {
                    for (as_type, epoch, version, format) in others() {
                        let mut changed = bytes.clone();
                        changed[1] = as_type.number();
                        changed[2..4].copy_from_slice(&version.to_be_bytes());
                        changed[4..8].copy_from_slice(&epoch.to_be_bytes());
                        if (changed.as_slice(), format) == (bytes.as_slice(), VERSION) {
                            continue;
                        }
                        for asked in [of, as_type] {
                            let opened = world.vault.open_object(asked, &id, format, &changed);
                            attack.tried(opened.is_ok(), || format!("{asked:?} {epoch}"));
                        }
                    }
                }
            }
        }
    }
    attack
}

fn others() -> impl Iterator<Item = (ObjectType, u32, u16, u8)> {
    let types = ObjectType::ALL.into_iter();
    types.flat_map(|of| {
        (0..5 * 4 * 3).map(move |at| (of, at % 5, (at / 5 % 4) as u16, (at / 20) as u8))
    })
}

/// What one vault sealed, in another vault or account with the same key.
pub(crate) fn identities() -> Attack {
    let mut attack = Attack::new("a sealed thing in another account or vault");
    let identities = [(1, 2), (3, 2), (1, 4), (3, 4)];
    for policy in POLICIES {
        let worlds =
            identities.map(|(account, vault)| World::new(identity(account, vault), policy, 2));
        for (from, world) in worlds.iter().enumerate() {
            for sealed in sealed(&world.vault, 10) {
                for (to, other) in worlds.iter().enumerate().filter(|(to, _)| *to != from) {
                    let opened = sealed.opens(&other.vault);
                    attack.tried(opened, || format!("of {from} in {to}"));
                }
            }
        }
    }
    attack
}
