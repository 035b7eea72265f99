//! Patterns under a policy by which ASCII letters alone ignore case, which no flag of a regular expression says.

use alloc::boxed::Box;
use alloc::vec::Vec;

use regex_syntax::ast::{
    Ast, ClassAsciiKind, ClassBracketed, ClassSet, ClassSetItem, ClassSetRange, ClassSetUnion, ClassUnicode, Flag,
    Flags, GroupKind, Literal, LiteralKind,
};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Lets every ASCII letter of a pattern, alone or in a class, stand for both of its cases, but where the pattern says `-i`.
pub(super) fn either_ascii_case(ast: &mut Ast) {
    widen(ast, &mut true);
}

/// Whether case is to be ignored is known on the way through the pattern: flags hold to the end of the group they stand in,
/// branches that follow included.
fn widen(ast: &mut Ast, ignores_case: &mut bool) {
    match ast {
        Ast::Flags(set) => follow(&set.flags, ignores_case),
        Ast::Group(group) => {
            let mut inside = *ignores_case;
            if let GroupKind::NonCapturing(flags) = &group.kind {
                follow(flags, &mut inside);
            }
            widen(&mut group.ast, &mut inside);
        }
        Ast::Repetition(repetition) => widen(&mut repetition.ast, ignores_case),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(|ast| widen(ast, ignores_case)),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(|ast| widen(ast, ignores_case)),
        _ if !*ignores_case => {}
        Ast::Literal(literal) if literal.c.is_ascii_alphabetic() => {
            let kind = ClassSet::Item(both_cases(&ClassSetRange {
                span: literal.span,
                start: (**literal).clone(),
                end: (**literal).clone(),
            }));
            *ast = Ast::ClassBracketed(Box::new(ClassBracketed { span: literal.span, negated: false, kind }));
        }
        Ast::ClassBracketed(class) => set_of_both_cases(&mut class.kind),
        Ast::ClassUnicode(class) => *ast = Ast::ClassBracketed(Box::new(class_of_both_cases(class))),
        _ => {}
    }
}

fn follow(flags: &Flags, ignores_case: &mut bool) {
    *ignores_case = flags.flag_state(Flag::CaseInsensitive).unwrap_or(*ignores_case);
}

fn set_of_both_cases(set: &mut ClassSet) {
    match set {
        ClassSet::Item(item) => item_of_both_cases(item),
        ClassSet::BinaryOp(operation) => {
            set_of_both_cases(&mut operation.lhs);
            set_of_both_cases(&mut operation.rhs);
        }
    }
}

fn item_of_both_cases(item: &mut ClassSetItem) {
    match item {
        ClassSetItem::Literal(literal) => {
            let (start, end) = (literal.clone(), literal.clone());
            *item = both_cases(&ClassSetRange { span: literal.span, start, end });
        }
        ClassSetItem::Range(range) => *item = both_cases(range),
        ClassSetItem::Bracketed(class) => set_of_both_cases(&mut class.kind),
        ClassSetItem::Ascii(class) if matches!(class.kind, ClassAsciiKind::Lower | ClassAsciiKind::Upper) => {
            class.kind = ClassAsciiKind::Alpha;
        }
        ClassSetItem::Unicode(class) => *item = ClassSetItem::Bracketed(Box::new(class_of_both_cases(class))),
        ClassSetItem::Union(union) => union.items.iter_mut().for_each(item_of_both_cases),
        _ => {}
    }
}

/// A range, and the other case of every ASCII letter in it.
fn both_cases(range: &ClassSetRange) -> ClassSetItem {
    let mut items = Vec::from([ClassSetItem::Range(range.clone())]);
    for (first, last) in [('a', 'z'), ('A', 'Z')] {
        let (start, end) = (range.start.c.max(first), range.end.c.min(last));
        if start <= end {
            items.push(ClassSetItem::Range(ClassSetRange {
                span: range.span,
                start: other_case(&range.start, start),
                end: other_case(&range.end, end),
            }));
        }
    }
    ClassSetItem::Union(ClassSetUnion { span: range.span, items })
}

fn other_case(literal: &Literal, letter: char) -> Literal {
    let c = if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
    Literal { span: literal.span, kind: LiteralKind::Verbatim, c }
}

/// A Unicode class, and the other case of every ASCII letter in it; a negated one is what is left of that.
fn class_of_both_cases(class: &ClassUnicode) -> ClassBracketed {
    let mut positive = class.clone();
    positive.negated ^= class.is_negated();
    let held = Translator::new().translate("", &Ast::ClassUnicode(Box::new(positive.clone())));
    let holds = |letter: char| match held.as_ref().map(Hir::kind) {
        Ok(HirKind::Class(Class::Unicode(held))) => {
            held.ranges().iter().any(|range| (range.start()..=range.end()).contains(&letter))
        }
        Ok(HirKind::Literal(literal)) => literal.0.first().copied().map(char::from) == Some(letter),
        _ => false,
    };
    let letters = ('a'..='z').chain('A'..='Z').filter(|letter| holds(*letter));
    let others = letters.map(|letter| {
        let start = Literal { span: class.span, kind: LiteralKind::Verbatim, c: letter };
        ClassSetItem::Literal(other_case(&start, letter))
    });
    let items = others.collect::<Vec<_>>();
    let items = core::iter::once(ClassSetItem::Unicode(positive)).chain(items).collect();
    let kind = ClassSet::Item(ClassSetItem::Union(ClassSetUnion { span: class.span, items }));
    ClassBracketed { span: class.span, negated: class.is_negated(), kind }
}
