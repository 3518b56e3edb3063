//! What a person typed, as terms to look up.

use crate::tokenize::{Token, TokenKind, Tokenizer};

/// The most terms that a query looks up; later words are ignored.
pub(crate) const MAX_CLAUSES: usize = 32;

/// The most joined words of a query that raise the rank.
const MAX_BOOSTS: usize = 8;

/// The longest input in bytes that is looked at.
const MAX_INPUT_BYTES: usize = 1024;

/// A parsed query: every word must occur in a document that matches.
///
/// ```
/// use search_index::Query;
///
/// assert!(Query::parse("").is_empty());
/// assert!(Query::parse(" … ").is_empty());
/// assert!(!Query::parse("crème brûl").is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    clauses: Vec<Clause>,
    boosts: Vec<Clause>,
}

/// One term of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) term: String,
    pub(crate) reach: Reach,
}

/// Which indexed terms a clause accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The term itself.
    Exact,
    /// Every term that begins with it.
    Prefix,
}

impl Clause {
    /// Whether a document's term satisfies the clause.
    pub(crate) fn accepts(&self, term: &str) -> bool {
        match self.reach {
            Reach::Exact => term == self.term,
            Reach::Prefix => term.starts_with(&self.term),
        }
    }
}

impl Query {
    /// Reads what a person typed; any text is a query. The last word stands
    /// for every word that begins with it, unless white space follows it. At
    /// most 32 terms of the first 1,024 bytes count.
    #[must_use]
    pub fn parse(input: &str) -> Self {
        let input = input
            .get(..input.floor_char_boundary(MAX_INPUT_BYTES))
            .unwrap_or(input);
        let mut parser = Parser::default();
        Tokenizer::default().tokenize(input, 0, &mut |token| parser.handle_token(token));
        if !input.ends_with(char::is_whitespace) {
            parser.extend_last_word();
        }
        parser.finish()
    }

    /// Whether there is no word to look for; such a query finds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// What a matching document must hold.
    pub(crate) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What raises the rank of a matching document.
    pub(crate) fn boosts(&self) -> &[Clause] {
        &self.boosts
    }
}

/// A clause and where in the input its word ends.
#[derive(Debug)]
struct Placed {
    clause: Clause,
    kind: TokenKind,
    end: usize,
}

#[derive(Debug, Default)]
struct Parser {
    words: Vec<Placed>,
    wholes: Vec<Placed>,
}

impl Parser {
    fn handle_token(&mut self, token: Token<'_>) {
        let (list, limit) = match token.kind {
            // A document holds the whole word wherever it holds the part.
            TokenKind::Part => return,
            TokenKind::Whole => (&mut self.wholes, MAX_BOOSTS),
            TokenKind::Tail if self.ends_pair(token.end) => return,
            TokenKind::Word | TokenKind::Gram | TokenKind::Tail => (&mut self.words, MAX_CLAUSES),
        };
        if list.len() < limit {
            // A single letter of a script without gaps: every pair that it
            // begins, and itself at the end of a run.
            let reach = if token.kind == TokenKind::Tail {
                Reach::Prefix
            } else {
                Reach::Exact
            };
            let clause = Clause {
                term: token.term.to_owned(),
                reach,
            };
            list.push(Placed {
                clause,
                kind: token.kind,
                end: token.end,
            });
        }
    }

    /// Whether the last clause is a pair that ends at `end`.
    fn ends_pair(&self, end: usize) -> bool {
        self.words.last().is_some_and(|last| {
            self.words.len() == MAX_CLAUSES || (last.kind == TokenKind::Gram && last.end == end)
        })
    }

    /// Lets the last word, and a whole that ends with it, match longer ones.
    fn extend_last_word(&mut self) {
        let Some(last) = self.words.last_mut() else {
            return;
        };
        last.clause.reach = Reach::Prefix;
        let end = last.end;
        for whole in self.wholes.iter_mut().filter(|whole| whole.end == end) {
            whole.clause.reach = Reach::Prefix;
        }
    }

    fn finish(self) -> Query {
        Query {
            clauses: without_repeats(self.words),
            boosts: without_repeats(self.wholes),
        }
    }
}

/// Drops clauses that an earlier or stricter one implies.
fn without_repeats(placed: Vec<Placed>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::with_capacity(placed.len());
    for Placed { clause, .. } in placed {
        match clauses.iter_mut().find(|known| known.term == clause.term) {
            Some(known) if clause.reach == Reach::Exact => known.reach = Reach::Exact,
            Some(_) => {}
            None => clauses.push(clause),
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clauses(input: &str) -> Vec<(String, Reach)> {
        let query = Query::parse(input);
        query
            .clauses()
            .iter()
            .map(|clause| (clause.term.clone(), clause.reach))
            .collect()
    }

    fn exact(term: &str) -> (String, Reach) {
        (term.to_owned(), Reach::Exact)
    }

    fn prefix(term: &str) -> (String, Reach) {
        (term.to_owned(), Reach::Prefix)
    }

    #[test]
    fn only_a_last_word_without_white_space_is_a_prefix() {
        assert_eq!(clauses("list fil"), [exact("list"), prefix("fil")]);
        assert_eq!(clauses("list fil "), [exact("list"), exact("fil")]);
        assert_eq!(clauses("list fil\u{3000}"), [exact("list"), exact("fil")]);
    }

    #[test]
    fn words_are_folded_as_in_documents() {
        assert_eq!(clauses("ÉCOLE Straße "), [exact("ecole"), exact("strasse")]);
    }

    #[test]
    fn joined_words_are_required_and_their_whole_raises_the_rank() {
        let query = Query::parse("--no-cac");
        assert_eq!(clauses("--no-cac"), [exact("no"), prefix("cac")]);
        let whole = Clause {
            term: "no-cac".to_owned(),
            reach: Reach::Prefix,
        };
        assert_eq!(query.boosts(), [whole]);
    }

    #[test]
    fn camel_case_asks_for_the_word_alone() {
        assert_eq!(clauses("camelCase"), [prefix("camelcase")]);
    }

    #[test]
    fn a_run_without_gaps_asks_for_its_pairs() {
        assert_eq!(clauses("検索 "), [exact("検索")]);
        assert_eq!(
            clauses("検索機能 x"),
            [exact("検索"), exact("索機"), exact("機能"), prefix("x")]
        );
        assert_eq!(clauses("ไฟล"), [exact("ไฟ"), prefix("ฟล")]);
    }

    #[test]
    fn a_single_letter_without_gaps_is_always_a_prefix() {
        assert_eq!(clauses("字 "), [prefix("字")]);
        assert_eq!(clauses("字 x "), [prefix("字"), exact("x")]);
    }

    #[test]
    fn repeats_ask_once_and_strictly() {
        assert_eq!(clauses("tar tar"), [exact("tar")]);
        assert_eq!(clauses("tar x TAR "), [exact("tar"), exact("x")]);
    }

    #[test]
    fn terms_and_input_are_bounded() {
        let words: String = (0..1000).map(|n| format!("w{n} ")).collect();
        assert_eq!(clauses(&words).len(), MAX_CLAUSES);
        assert_eq!(clauses(&"検".repeat(10_000)).len(), 1);
        let pairs: String = ('一'..'龠').collect();
        assert_eq!(clauses(&pairs).len(), MAX_CLAUSES);
    }
}
