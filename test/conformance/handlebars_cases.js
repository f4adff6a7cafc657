// Writes cases for test/tools/render_conformance: random templates with what handlebars.js or mustache.js makes
// of them, one JSON object a line.
//
//   NODE_PATH=/usr/share/nodejs node handlebars_cases.js [handlebars | mustache] [count] [seed]
//
// Needs Debian's handlebars and node-mustache.
'use strict';

const [format = 'handlebars', count = '1000', seed = '1'] = process.argv.slice(2);
const mustache = format === 'mustache';
const library = require(mustache ? 'mustache' : 'handlebars');

// ---- Chance: a small generator with a seed, so that a number names a case.

let state = Number(seed) >>> 0;
function chance() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(chance() * n);
const pick = (list) => list[below(list.length)];
const maybe = (p, text) => (chance() < p ? text : '');

// ---- Values.

// mustache.js finds the functions of JavaScript's lists and escapes more characters than the specification has.
const names = ['a', 'b', 'c', 'list', 'dict', 'n', 's', 'x-y', ...(mustache ? [] : ['two words', 'length'])];
const scalars = [0, 1, -3, 2.5, 1e21, 1e-7, 123456.789, true, false, null, '', 'text', 'two\nlines', 'é😀', '{{a}}',
    mustache ? '<b>&"' : '<b>&"\'`='];

function value(depth) {
    const kind = depth > 0 ? below(6) : 0;
    if (kind === 1 || kind === 2) return Array.from({length: below(4)}, () => value(depth - 1));
    if (kind >= 3) return map(depth - 1);
    return pick(scalars);
}

function map(depth) {
    const result = {};
    for (let i = below(6); i >= 0; --i) result[pick(names)] = value(depth);
    return result;
}

// ---- Templates of handlebars.

let parameters = [];  // block parameters that can be seen
const partialNames = ['p', 'q', 'deep/r', 'missing'];

const space = () =>
    pick(mustache ? ["", "", " "] : ["", "", "", " ", "  ", "\n", "\n", " \n ", "\n\n", "\t", "\r\n"]);
const word = () => pick(["one", "two.", "-", "é", " }", "{ ", mustache ? "x" : "x\ny", "\\"]);
const text = () => space() + maybe(0.7, word()) + space();
const tilde = () => maybe(0.12, '~');

function segment(first) {
    const name = pick(names);
    if (/^[a-z-]+$/.test(name) && chance() < 0.95) return name;
    return first && chance() < 0.2 ? JSON.stringify(name) : `[${name}]`;
}

function path() {
    const kind = below(14);
    if (kind === 0) return 'this';
    if (kind === 1) return '.';
    if (kind === 2) return '../' + segment(false);
    if (kind === 3) return pick(['..', '../..', '../../' + segment(false), 'this.' + segment(false), './' + segment(false)]);
    if (kind === 4) return pick(['@index', '@key', '@first', '@last', '@root.' + segment(false), '@../index', '@root', '@none']);
    if (kind === 5 && parameters.length) return pick(parameters) + maybe(0.4, '.' + segment(false));
    const parts = [segment(false)];
    while (chance() < 0.3) parts.push(chance() < 0.2 ? `[${below(3)}]` : segment(false));
    return parts.join(pick(['.', '.', '/']));
}

function argument() {
    const kind = below(12);
    if (kind === 0) return pick(['"text"', "'b'", '0', '7', '-1.5', 'true', 'false', 'null', 'undefined', '""']);
    if (kind === 1) return `(lookup ${path()} ${argument()})`;
    return path();
}

function blockParameters(how) {
    if (chance() > 0.25) return ['', []];
    const list = [pick(['v', 'item', 'a'])];
    if (how === 2 && chance() < 0.5) list.push(pick(['k', 'i']));
    return [` as |${list.join(' ')}|`, list];
}

function body(depth, list = []) {
    const saved = parameters;
    parameters = parameters.concat(list);
    let result = '';
    for (let i = below(4); i >= 0; --i) result += text() + tag(depth);
    parameters = saved;
    return result + text();
}

const open = (sigil, inside) => `{{${tilde()}${sigil}${inside}${tilde()}}}`;

function block(depth) {
    const kind = pick(['if', 'if', 'unless', 'each', 'each', 'with', 'section', 'section']);
    const [declared, list] = kind === 'each' ? blockParameters(2) : kind === 'with' ? blockParameters(1) : ['', []];
    const name = kind === 'section' ? path() : kind;
    const head = kind === 'section' ? name : `${name} ${argument()}${kind === 'if' ? maybe(0.1, ' includeZero=true') : ''}`;
    const inverted = list.length === 0 && chance() < 0.12;
    let result = open(inverted ? '^' : '#', head + declared) + body(depth, list);
    if (!inverted) {
        while (chance() < 0.15) {
            const chained = pick(['if', 'unless', 'each', 'with']);
            result += open('else ', `${chained} ${argument()}`) + body(depth);
        }
    }
    if (chance() < 0.3) result += (chance() < 0.5 ? open('else', '') : open('^', '')) + body(depth);
    return result + open('/', name);
}

function partial(depth) {
    const head = pick(partialNames) + maybe(0.2, ' ' + path()) + maybe(0.2, ` a=${argument()}`);
    if (depth === 0 || chance() < 0.75) return open('> ', head);
    const inline = chance() < 0.4 ? `{{#*inline "${pick(['p', 'q', 'in'])}"}}${body(0)}{{/inline}}` : '';
    return open('#> ', head) + inline + body(depth - 1) + open('/', head.split(' ')[0]);
}

function tag(depth) {
    const kind = below(20);
    if (depth > 0 && kind < 7) return block(depth - 1);
    if (kind < 9) return partial(depth);
    if (kind === 9) return pick(['{{! note }}', '{{!-- a }} b --}}', '{{~! x ~}}', '{{!}}', '{{!-- --~}}']);
    if (kind === 10) return pick(['\\{{a}}', '\\\\{{a}}', '\\{{a}} {{b}} \\{{c}}']);
    if (kind === 11) return open('', `lookup ${path()} ${argument()}`);
    if (kind === 12) return `{{${tilde()}{${path()}}${tilde()}}}`;
    if (kind === 13) return open('&', path());
    if (kind === 14 && depth > 0) return `{{#*inline "${pick(['p', 'q', 'in'])}"}}${body(depth - 1)}{{/inline}}`;
    if (kind === 15) return pick(['{{> in}}', '{{#> @partial-block}}none{{/@partial-block}}']);
    return open('', path());
}

// ---- Templates of mustache.

function mustacheTag(depth) {
    // mustache.js goes on to outer contexts where the second part of a dotted name is not found.
    const name = () => pick([...names, '.']);
    const kind = below(12);
    if (depth > 0 && kind < 4) {
        const section = name();
        return `{{${pick(['#', '#', '^'])}${section}}}` + mustacheBody(depth - 1) + `{{/${section}}}`;
    }
    if (kind === 4) return '{{! note }}';
    if (kind === 5) return `{{{${name()}}}}`;
    if (kind === 6) return `{{& ${name()} }}`;
    if (kind === 7 && depth > 0) return `{{> ${pick(['p', 'q', 'missing'])}}}`;
    if (kind === 8 && depth > 0) return `{{=<% %>=}}${space()}<%${name()}%>{{a}}${space()}<%={{ }}=%>`;
    return `{{${name()}}}`;
}

function mustacheBody(depth) {
    let result = '';
    for (let i = below(4); i >= 0; --i) result += text() + mustacheTag(depth);
    return result + text();
}

// ---- Cases.

for (let i = 0; i < Number(count); ++i) {
    const write = mustache ? mustacheBody : body;
    const c = {name: `${format} ${seed}:${i}`, format, template: write(3), vars: map(3), partials: {}, opts: {}};
    for (const name of ['p', 'q', 'deep/r']) c.partials[name] = write(mustache ? 0 : 1) + (mustache ? '.' : '');
    // mustache.js keeps the space around a tag that stands alone on the last line.
    if (mustache) c.template += '.';
    // Partials that use each other may have no end.
    if (!mustache) c.partials.q = c.partials.q.replace(/>\s*(p|q|deep\/r)\b/g, '> missing');
    if (!mustache) c.partials['deep/r'] = c.partials['deep/r'].replace(/>\s*(p|deep\/r)\b/g, '> missing');
    if (!mustache) c.partials.p = c.partials.p.replace(/>\s*p\b/g, '> missing');
    try {
        if (chance() < 0.9) c.partials.missing = c.partials.in = text();
        if (mustache) {
            c.out = library.render(c.template, c.vars, c.partials).replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
        } else {
            const environment = library.create();
            // handlebars.js makes an empty object of a context that is null before a helper sees it; then {{this}}
            // prints [object Object] in {{#if}}, but nothing outside. A difference that we keep.
            for (const [name, helper] of Object.entries({...environment.helpers})) {
                environment.registerHelper(name, function (...list) {
                    const empty = this && typeof this === 'object' && Object.isSealed(this) && !Object.keys(this).length;
                    return helper.apply(empty ? undefined : this, list);
                });
            }
            for (const [name, source] of Object.entries(c.partials)) environment.registerPartial(name, source);
            c.out = environment.compile(c.template)(c.vars, {allowProtoPropertiesByDefault: false}).replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
        }
    } catch (error) {
        delete c.out;
        c.err = String(error.message);
        // An end of its own for what has none; and JavaScript's errors on members of nothing, which are no rule of
        // either language.
        if (/^Maximum call|^Cannot read properties of/.test(c.err)) continue;
    }
    process.stdout.write(JSON.stringify(c) + '\n');
}
