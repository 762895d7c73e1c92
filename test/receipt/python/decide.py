"""
Decides again, from the format's page (docs/pack-v1.md) and in the standard library alone: the verdict, the codes in
their order with their gates, the trace, the writes and the plan. Which next step a reason has, and its words, is not
looked at.
"""
import calendar
import json
import re
import sys

LAST = 253_402_300_799_999
SAFE = 2**53 - 1
DAY = 86_400_000
GATES = ['registry', 'entitlement', 'mode', 'assurance', 'role', 'stop', 'capacity', 'precondition']
STATUSES = ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown']
ROLES = ['read_deployment', 'write_rollback', 'read_audit_trail', 'write_policy', 'admin_dashboard', 'write_config',
         'read_metrics', 'read_iam', 'write_iam']
FORMS = {'subject': r'[A-Za-z0-9][A-Za-z0-9_:-]{0,127}', 'id': r'[A-Za-z0-9_-][A-Za-z0-9_.:/+=-]{0,511}'}
INSTANT = re.compile(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))', re.ASCII)


class Gap(Exception):
    """A fact that is not known: which one, and why."""

    def __init__(self, why):
        super().__init__(why)
        self.why = why


def units(text):
    return text.encode('utf-16-be', 'surrogatepass')


def instant(text):
    """Milliseconds since 1970; what is finer is cut off."""
    m = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if m is None:
        return None
    year, month, day, hour, minute, second = map(int, m.groups()[:6])
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    away_h, away_m = int(m.group(9) or 0), int(m.group(10) or 0)
    if hour > 23 or minute > 59 or second > 59 or away_h > 23 or away_m > 59:
        return None
    ms = calendar.timegm((year, month, day, hour, minute, second)) * 1000 + int(((m.group(7) or '') + '000')[:3])
    away = (away_h * 60 + away_m) * 60_000
    ms += away if m.group(8) == '-' else -away
    return ms if 0 <= ms <= LAST else None


def spelled(ms):
    days, rest = divmod(ms, DAY)
    year, month, day = civil(days)
    return '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ' % (year, month, day, rest // 3_600_000, rest // 60_000 % 60,
                                                    rest // 1000 % 60, rest % 1000)


def civil(days):
    """The date so many days after the beginning of 1970."""
    year = 1970
    while days >= 365 + calendar.isleap(year):
        days -= 365 + calendar.isleap(year)
        year += 1
    month = 1
    while days >= calendar.monthrange(year, month)[1]:
        days -= calendar.monthrange(year, month)[1]
        month += 1
    return year, month, days + 1


def is_text(x, most=1024):
    if not isinstance(x, str) or x == '' or len(units(x)) // 2 > most:
        return False
    try:
        units(x).decode('utf-16-be')
        return True
    except UnicodeDecodeError:
        return False


def admitted(kind, x):
    """The value that a text of JSON is of a type; None where it is of another one."""
    name = kind['type']
    if name == 'boolean':
        return x if isinstance(x, bool) else None
    if name == 'integer':
        if type(x) is float and x.is_integer():
            x = int(x)
        return x if type(x) is int and kind.get('min', -SAFE) <= x <= kind.get('max', SAFE) else None
    if name == 'string':
        formed = isinstance(x, str) and ('form' not in kind or re.fullmatch(FORMS[kind['form']], x))
        return x if formed and is_text(x, kind.get('maxLength', 1024)) else None
    if name == 'enum':
        return x if isinstance(x, str) and x in kind['values'] else None
    if name == 'instant':
        return instant(x)
    if not isinstance(x, list) or len(x) > kind.get('max', 256):
        return None
    if name == 'records':
        records = [record(kind['fields'], item) for item in x]
        texts = [json.dumps(r, sort_keys=True) for r in records]
        return None if None in records or len(set(texts)) < len(texts) else [r for _, r in sorted(zip(texts, records), key=lambda p: p[0])]
    formed = all(is_text(t) and ('form' not in kind or re.fullmatch(FORMS[kind['form']], t)) for t in x)
    if not formed or ('of' in kind and not all(t in kind['of'] for t in x)) or len(set(x)) < len(x):
        return None
    return sorted(x, key=units)


def record(fields, x):
    if not isinstance(x, dict) or set(x) != set(fields):
        return None
    read = {name: admitted(kind, x[name]) for name, kind in fields.items()}
    return None if None in read.values() else read


def wire(kind, value):
    if kind['type'] == 'instant':
        return spelled(value)
    if kind['type'] != 'records':
        return value
    return [{name: wire(kind['fields'][name], v) for name, v in r.items()} for r in value]


# ---- the facts that every catalog has

STRING, TIME, COUNT, NAMES, FLAG = {'type': 'string'}, {'type': 'instant'}, {'type': 'integer', 'min': 0}, {'type': 'set'}, {'type': 'boolean'}


def words(*values):
    return {'type': 'enum', 'values': list(values)}


def kept(cell, kind, otherwise, *key):
    return {'origin': 'ledger', 'cell': cell, 'type': kind, 'otherwise': otherwise, 'key': list(key)}


EPOCH = '1970-01-01T00:00:00.000Z'


def platform(roles):
    role_set, severity = {'type': 'set', 'of': roles}, words('none', 'low', 'medium', 'high', 'critical')
    said = {name: {'origin': 'context', 'type': kind} for name, kind in {
        'at': TIME, 'mode': words('eval', 'contractual'), 'action': STRING, 'subject': STRING, 'person': STRING,
        'persons': NAMES, 'subject_type': words('agent', 'user', 'service', 'marketplace', 'system'), 'scope': role_set,
        'resource': STRING, 'resource_ref': STRING, 'environment': words('sandbox', 'production', 'unknown'),
        'binding': STRING, 'receipt_id': STRING, 'catalog': STRING, 'refusal_asks': NAMES, 'refusal_binding': STRING,
        'refusal_requester': STRING, 'refusal_person': STRING, 'refusal_persons': NAMES,
        'named_kind': words('nobody', 'agent', 'user', 'service'), 'signed_by': STRING}.items()}
    bought = {name: {'origin': 'plan', 'type': kind} for name, kind in
              {'plan_packs': NAMES, 'plan_ceiling': role_set, 'plan_quota': COUNT}.items()}
    subject, action, ref = {'fact': 'subject'}, {'fact': 'action'}, {'fact': 'resource_ref'}
    place, sku = ('environment', {'fact': 'environment'}), ('sku', {'fact': 'entitlement_sku'})
    cells = {
        'entitlement_plan': kept('entitlement_plan', STRING, ''), 'entitlement_sku': kept('entitlement_sku', STRING, ''),
        'entitlement_packs': kept('entitlement_packs', NAMES, []), 'entitlement_roles': kept('entitlement_roles', role_set, []),
        'entitlement_status': kept('entitlement_status', words('none', 'active', 'suspended', 'cancelled'), 'none'),
        'entitlement_rank': kept('entitlement_rank', COUNT, 0),
        'pilot_ends_at': kept('pilot_ends_at', TIME, '9999-12-31T23:59:59.999Z'),
        'insurance_status': kept('insurance_status', words('none', 'valid', 'lapsed'), 'none'),
        'msa_status': kept('msa_status', words('none', 'signed', 'terminated'), 'none'),
        'subject_relations': kept('relations', {'type': 'set', 'of': ['owner', 'approver', 'responder']}, [], subject),
        'granted_roles': kept('granted_roles', role_set, [], subject),
        'ledger_status': kept('ledger_status', words('open', 'closed'), 'open'),
        'tenant_suspended': kept('tenant_suspended', FLAG, False),
        'glass_until': kept('glass_until', TIME, EPOCH, subject, action, ref),
        'andon': kept('andon', severity, 'none', ref), 'andon_of_tenant': kept('andon', severity, 'none', '*'),
        'quarantined': kept('quarantine', FLAG, False, ref),
        'andon_of_environment': kept('scope_andon', severity, 'none', *place),
        'andon_of_sku': kept('scope_andon', severity, 'none', *sku),
        'quarantine_of_environment': kept('scope_quarantine', FLAG, False, *place),
        'quarantine_of_sku': kept('scope_quarantine', FLAG, False, *sku),
        'quota_used': kept('quota_used', COUNT, 0, action), 'quota_resets_at': kept('quota_resets_at', TIME, EPOCH, action),
        'rate_pace': kept('rate_pace', words('none', 'second', 'minute', 'hour', 'day'), 'none'),
        'rate_next_at': kept('rate_next_at', TIME, EPOCH, action),
        'wip_open': kept('wip_open', COUNT, 0), 'wip_limit': kept('wip_limit', COUNT, SAFE),
        'budget_spent': kept('budget_spent', COUNT, 0), 'budget_limit': kept('budget_limit', COUNT, SAFE)}
    for name in ('entitlement_expires_at', 'entitlement_occurred_at', 'pilot_began_at', 'insurance_expires_at',
                 'insurance_verified_at', 'msa_from', 'msa_until', 'budget_resets_at'):
        cells[name] = kept(name, TIME, EPOCH)
    return {**said, **bought, **cells}


# ---- a catalog

class Book:
    """A catalog, and what is looked up in it."""

    def __init__(self, source):
        self.source, self.packs, self.plans = source, source['packs'], source['plans']
        self.roles = ROLES + [role for pack in self.packs for role in pack.get('roles', {})]
        self.facts = platform(self.roles)
        self.cells = {fact['cell']: fact['type'] for fact in self.facts.values() if fact['origin'] == 'ledger'}
        self.cells['catalog_disclosed'] = FLAG
        self.where, self.required = {}, {}
        for pack in self.packs:
            self.facts.update({name: self.wide(fact) for name, fact in pack['facts'].items()})
            self.cells.update({name: self.widened(cell['type']) for name, cell in pack['cells'].items()})
            for name, action in pack['actions'].items():
                arguments = {k: {**a, 'type': self.widened(a['type'])} for k, a in action['arguments'].items()}
                self.where.setdefault(name, ({**action, 'arguments': arguments}, pack))
        self.always = {pack['pack_id'] for pack in self.packs if pack.get('always') is True}

    def widened(self, kind):
        """The types of the catalog's text list the nine roles; those that packs declare belong to them."""
        of = kind.get('of')
        return {**kind, 'of': self.roles} if of is not None and sorted(of) == sorted(ROLES) else kind

    def wide(self, fact):
        return {**fact, 'type': self.widened(fact['type'])}

    def can(self, action):
        return action in self.where

    def rows(self, table):
        if table == 'plan':
            return [{'id': name, **{k: plan[k] for k in ('sku_id', 'packs', 'iam_roles')}} for name, plan in sorted(self.plans.items())]
        return [{'id': p['pack_id'], 'requires': [r for r in p['requires'] if r not in self.always],
                 'incompatible_with': p['incompatible_with']} for p in self.packs if p['pack_id'] not in self.always]

    def names(self, kind):
        return {'packs': [p['pack_id'] for p in self.packs], 'plans': list(self.plans), 'roles': self.roles,
                'actions': list(self.where)}[kind]


# ---- what the gates require of an action

def each(code, when):
    return (code, when)


def required(book, name):
    """By gate, in their order: codes with their conditions."""
    if name not in book.required:
        book.required[name] = requirements(book, name)
    return book.required[name]


def requirements(book, name):
    action, pack = book.where[name]
    effect, bought = action['does']['effect'], action['entitlement'] == 'active'
    changes = effect in ('external', 'contractual')
    over = lambda fact: {'fact': 'at', 'notBefore': {'fact': fact}}
    gates = {gate: [] for gate in GATES}
    if pack.get('always') is not True:
        gates['registry'] = [each('tool_not_found', {'fact': 'plan_packs', 'contains': pack['pack_id']})]
    if bought:
        has = {'fact': 'entitlement_status', 'oneOf': ['active', 'suspended']}
        gates['entitlement'] = [
            each('no_entitlement', has),
            each('expired', {'any': [{'not': has}, {'fact': 'entitlement_expires_at', 'after': {'fact': 'at'}}]}),
            each('suspended', {'not': {'fact': 'entitlement_status', 'is': 'suspended'}}),
            each('sku_mismatch', {'each': 'plan', 'holds': {'any': [
                {'not': {'fact': 'entitlement_plan', 'is': {'row': 'id'}}}, {'fact': 'entitlement_sku', 'is': {'row': 'sku_id'}}]}})]
    gates['mode'] = mode(book, effect, bought)
    if changes:
        gates['assurance'] = assurance()
    gates['role'] = role(action)
    gates['stop'] = stop(book, action, changes)
    if changes and bought:
        gates['capacity'] = capacity(book, name, over)
    gates['precondition'] = [each('resource_unknown', {'not': {'fact': 'environment', 'is': 'unknown'}})] if changes else []
    gates['precondition'] += [each(r['code'], r['when']) for r in action['requires']] + policies(book, name, changes)
    return gates


def mode(book, effect, bought):
    contract = {'fact': 'mode', 'is': 'contractual'}
    if effect == 'contractual':
        return [each('eval_only_refusal', contract)]
    if not book.can('extend_pilot'):
        return []
    found = []
    if effect == 'external':
        found.append(each('eval_only_refusal', {'any': [contract, {'fact': 'environment', 'oneOf': ['sandbox', 'unknown']}]}))
    if bought:
        found.append(each('pilot_ended', {'any': [contract, {'fact': 'at', 'before': {'fact': 'pilot_ends_at'}}]}))
    return found


def assurance():
    trial = lambda when: {'any': [{'fact': 'mode', 'is': 'eval'}, when]}
    insured, signed = {'fact': 'insurance_status', 'is': 'valid'}, {'fact': 'msa_status', 'is': 'signed'}
    return [
        each('insurance_missing', trial(insured)),
        each('insurance_expired', trial({'any': [{'not': insured}, {'fact': 'insurance_expires_at', 'after': {'fact': 'at'}}]})),
        each('insurance_stale', trial({'any': [{'not': insured}, {'fact': 'insurance_verified_at', 'within': DAY}]})),
        each('msa_unsigned', trial(signed)),
        each('policy_not_in_force', trial({'any': [{'not': signed}, {'fact': 'at', 'notBefore': {'fact': 'msa_from'}}]})),
        each('policy_not_in_force', trial({'any': [{'not': signed}, {'fact': 'at', 'before': {'fact': 'msa_until'}}]}))]


def role(action):
    code, found = 'insufficient_privilege', [each('insufficient_privilege', {'fact': 'subject_type', 'oneOf': action['who']})]
    if 'relation' in action:
        found.append(each(code, {'fact': 'subject_relations', 'contains': action['relation']}))
    if action['roles']:
        found += [each(code, {'fact': fact, 'containsAll': action['roles']}) for fact in ('plan_ceiling', 'granted_roles', 'scope')]
    return found


def stop(book, action, changes):
    found = []
    if action.get('evenWhenClosed') is not True:
        found.append(each('ledger_closed', {'fact': 'ledger_status', 'is': 'open'}))
        free = action.get('evenWhenSuspended') is True or action['does']['effect'] == 'read'
        if book.can('suspend_tenant') and not free:
            found.append(each('tenant_suspended', {'fact': 'tenant_suspended', 'is': False}))
    if changes:
        def clear(fact):
            none = {'fact': fact, 'is': 'none'}
            passed = {'any': [none, {'fact': 'at', 'before': {'fact': 'glass_until'}}]}
            return passed if book.can('break_glass') else none

        def andon(fact):
            return each('andon_open', clear(fact))
        found += [andon('andon'), andon('andon_of_tenant'), each('quarantined', {'fact': 'quarantined', 'is': False})]
        if book.can('clear_scope_andon'):
            nothing = {'fact': 'entitlement_sku', 'is': ''}
            found += [andon('andon_of_environment'), each('andon_open', {'any': [nothing, clear('andon_of_sku')]})]
            found += [each('quarantined', {'fact': 'quarantine_of_environment', 'is': False}),
                      each('quarantined', {'any': [nothing, {'fact': 'quarantine_of_sku', 'is': False}]})]
    return found


def cost(book, name):
    costs = book.source.get('costs')
    return 1 if costs is None else costs['actions'].get(name, 0)


def capacity(book, name, over):
    price, roomy = cost(book, name), [{'fact': 'quota_used', 'below': {'fact': 'plan_quota'}}, over('quota_resets_at')]
    found = [each('quota_exceeded', {'any': roomy})]
    if book.can('set_limits'):
        found = [each('quota_exceeded', {'fact': 'plan_quota', 'above': 0}),
                 each('quota_exceeded', {'any': [{'fact': 'plan_quota', 'is': 0}, *roomy]})]
    found += [each('rate_limited', over('rate_next_at')), each('wip_limit_reached', {'fact': 'wip_open', 'below': {'fact': 'wip_limit'}})]
    if price > 0:
        if 'costs' in book.source:
            found.append(each('budget_exceeded', {'fact': 'budget_limit', 'atLeast': price}))
        room = {'fact': 'budget_spent', 'below': {'fact': 'budget_limit', 'plus': 1 - price}}
        found.append(each('budget_exceeded', {'any': [room, over('budget_resets_at')]}))
    return found


def policies(book, name, changes):
    action, pack = book.where[name]
    ours = any(kind in action['who'] for kind in ('agent', 'user', 'service'))
    meant = {name} | ({'pack:' + pack['pack_id']} if ours else set()) | ({'*external'} if ours and changes else set())
    documents = {d['policy']['id']: d for d in book.source.get('policies', [])}
    return [each(policy + '__' + r['code'], r['when']) for policy in sorted(documents)
            for r in documents[policy]['requirements'] if meant & set(r['actions'])]


def counted(book, name):
    """What the capacity gate writes behind an action's own writes, at its approval."""
    action, _ = book.where[name]
    if action['does']['effect'] not in ('external', 'contractual') or action['entitlement'] != 'active' or not book.can('set_limits'):
        return []

    def window(used, resets, key, by):
        over = {'fact': 'at', 'notBefore': {'fact': resets}}
        return [{'cell': used, 'key': key, 'change': {'set': by}, 'when': over},
                {'cell': used, 'key': key, 'change': {'plus': by}, 'when': {'not': over}},
                {'cell': resets, 'key': key, 'change': {'set': {'fact': 'at', 'plus': 30 * DAY}}, 'when': over}]

    by, price = [{'fact': 'action'}], cost(book, name)
    writes = window('quota_used', 'quota_resets_at', by, 1)
    writes += window('budget_spent', 'budget_resets_at', [], price) if price > 0 else []
    for pace, ms in (('second', 1000), ('minute', 60_000), ('hour', 3_600_000), ('day', DAY)):
        writes.append({'cell': 'rate_next_at', 'key': by, 'change': {'set': {'fact': 'at', 'plus': ms}}, 'when': {'fact': 'rate_pace', 'is': pace}})
    return writes + [{'cell': 'wip_open', 'key': [], 'change': {'plus': 1}}]


def later(does):
    """The writes that an outcome may bring."""
    return [w for status in STATUSES for w in does['after'][status]['writes']] if 'after' in does else []


# ---- what is seen

def place(parts):
    """A key as one text: of one part that part, of none the empty text, of more their JSON list."""
    return (parts[0] if parts else '') if len(parts) < 2 else json.dumps(parts, ensure_ascii=False, separators=(',', ':'))


class Sight:
    """What one observation says of every fact of an action. `cells`: by cell and key, values and not their wire form."""

    def __init__(self, book, told, cells):
        self.book, self.told, self.cells, self.known = book, told, cells, {}
        self.action = book.where.get(told['intent']['action']['id'], (None, None))[0]

    def fact(self, name):
        if name.startswith('argument.'):
            argument = self.action['arguments'].get(name[9:])
            return None if argument is None else {'origin': 'request', 'type': argument['type'], 'argument': argument}
        return self.book.facts.get(name)

    def read(self, name):
        """A value, or a gap that is raised."""
        if name not in self.known:
            try:
                self.known[name] = self.look(name)
            except Gap as gap:
                self.known[name] = gap
        found = self.known[name]
        if isinstance(found, Gap):
            raise Gap(found.why)
        return found

    def look(self, name):
        fact = self.fact(name)
        if fact is None:
            raise Gap('missing')
        return getattr(self, fact['origin'])(name, fact)

    def request(self, name, fact):
        given = self.told['intent']['action']['arguments']
        stands = given.get(name[9:], fact['argument'].get('otherwise')) if name[9:] not in given else given[name[9:]]
        value = admitted(fact['type'], stands)
        if value is None:
            raise Gap('invalid')
        return value

    def context(self, name, _):
        told, intent = self.told, self.told['intent']
        subject, resource, refusal = intent['subject'], intent['resource'], intent.get('refusal')
        person = intent.get('person', subject['ref'])
        refused = None if refusal is None else refusal.get('person', refusal.get('namesake', refusal['requester']))
        return {
            'at': told['at'], 'mode': told['mode'], 'action': intent['action']['id'], 'subject': subject['ref'], 'person': person,
            'persons': sorted(intent.get('persons', [person]), key=units), 'subject_type': subject['type'],
            'scope': sorted(subject['scope'], key=units), 'resource': resource['id'], 'resource_ref': resource['ref'],
            'environment': resource.get('environment', 'production'), 'binding': intent['binding'], 'receipt_id': told['id'],
            'catalog': told['catalog'], 'refusal_asks': [] if refusal is None else sorted(refusal['asks'], key=units),
            'refusal_binding': '' if refusal is None else refusal['binding'],
            'refusal_requester': '' if refusal is None else refusal['requester'], 'refusal_person': refused or '',
            'refusal_persons': [] if refusal is None else sorted(refusal.get('persons', [refused]), key=units),
            'named_kind': intent.get('named', 'nobody'), 'signed_by': intent.get('signedBy', '')}[name]

    def plan(self, name, _):
        plan = self.book.plans.get(self.read('entitlement_plan'), {})
        if name == 'plan_quota':
            return plan.get('quota', 0)
        named, sold = ('entitlement_packs', 'packs') if name == 'plan_packs' else ('entitlement_roles', 'iam_roles')
        return [one for one in self.read(named) if one in plan.get(sold, [])]

    def key(self, fact):
        return place([str(self.term(term, STRING)) for term in fact['key']])

    def ledger(self, _, fact):
        at = (fact['cell'], self.key(fact))
        if at in self.cells:
            return self.cells[at]
        return '' if fact['otherwise'] == '' else admitted(fact['type'], fact['otherwise'])

    def observed(self, name, fact):
        at = self.told['at']
        about = [e for e in self.told['evidence'] if e['fact'] == name and e['about'] == self.told['intent']['resource']['id']]
        heard = [e for e in about if e['source'] in fact['sources']]
        if not about:
            raise Gap('missing')
        if not heard or any(type(e['observedAt']) is not int or not 0 <= e['observedAt'] <= at for e in heard):
            raise Gap('untrusted')
        newest = [e for e in heard if all(o['source'] != e['source'] or o['observedAt'] <= e['observedAt'] for o in heard)]
        values = []
        for e in newest:
            value = e.get('value')
            if fact['type']['type'] in ('set', 'records'):
                value = value.get('items') if isinstance(value, dict) and value.get('complete') is True else None
            values.append((e, admitted(fact['type'], value)))
        if any(value is None for _, value in values):
            raise Gap('missing')
        fresh = [value for e, value in values if at - e['observedAt'] <= fact['maxAgeMs']]
        if not fresh:
            raise Gap('stale')
        if any(value != fresh[0] for value in fresh):
            raise Gap('conflicting')
        return fresh[0]

    def term(self, term, kind):
        if not isinstance(term, dict):
            return '' if term == '' else admitted(kind, term)
        value = self.read(term['fact'])
        if 'plus' not in term:
            return value
        low, high = (0, LAST) if self.fact(term['fact'])['type']['type'] == 'instant' else (-SAFE, SAFE)
        return max(low, min(high, value + term['plus']))

    def looked_at(self):
        """The ledger facts behind what is required, written and passed on; next steps may read more."""
        name, found = self.told['intent']['action']['id'], []
        for by_gate in required(self.book, name).values():
            for _, when in by_gate:
                mentioned(when, found)
        does = self.action['does']
        writes = self.action['writes'] + counted(self.book, name) + later(does)
        terms = [t for w in writes for t in [*w['key'], *w['change'].values()]] + list(does.get('with', {}).values())
        for w in writes:
            mentioned(w.get('when', {}), found)
        found += [t['fact'] for t in terms if isinstance(t, dict)]
        for one in found:
            fact = self.fact(one)
            inner = [t['fact'] for t in fact['key'] if isinstance(t, dict)] if fact and fact['origin'] == 'ledger' else []
            if fact and fact['origin'] == 'plan':
                inner = ['entitlement_plan'] + {'plan_packs': ['entitlement_packs'], 'plan_ceiling': ['entitlement_roles']}.get(one, [])
            found += [n for n in inner if n not in found]
        return [n for n in found if (self.fact(n) or {}).get('origin') == 'ledger']

    # ---- conditions: true, false, or None for what is not known

    def truth(self, c, row=None, item=None):
        if 'all' in c or 'any' in c:
            word = 'all' if 'all' in c else 'any'
            parts = [self.truth(part, row, item) for part in c[word]]
            return every(parts) if word == 'all' else some(parts)
        if 'not' in c:
            part = self.truth(c['not'], row, item)
            return None if part is None else not part
        if 'each' in c:
            return every([self.truth(c['holds'], at, item) for at in self.book.rows(c['each'])])
        if 'every' in c or 'some' in c:
            try:
                records = self.read(c['fact'])
            except Gap:
                return None
            fields = self.fact(c['fact'])['type']['fields']
            word = 'every' if 'every' in c else 'some'
            parts = [self.truth(c[word], row, (fields, one)) for one in records]
            return every(parts) if word == 'every' else some(parts)
        return self.compared(c, row, item)

    def side(self, name, item):
        """The value and the type of what stands on one side."""
        if name.startswith('field.'):
            fields, one = item
            return one[name[6:]], fields[name[6:]]
        return self.read(name), self.fact(name)['type']

    def compared(self, c, row, item):
        op = next(k for k in c if k != 'fact')
        right = c[op]
        try:
            left, kind = self.side(c['fact'], item)
            if isinstance(right, dict) and 'fact' in right:
                value, other = self.side(right['fact'], item)
                # In a comparison nothing is held within the bounds of a type.
                right = value + right.get('plus', 0) if 'plus' in right else value
            elif isinstance(right, dict):
                right = self.book.names(right['catalog']) if 'catalog' in right else row[right['row']]
            elif op == 'oneOf':
                right = [admitted_constant(kind, x) for x in right]
            elif op not in ('within', 'during', 'contains', 'startsWith'):
                right = admitted_constant(kind, right)
        except Gap:
            return None
        return holds(op, left, right, self.told['at'])


def admitted_constant(kind, x):
    return instant(x) if kind['type'] == 'instant' else x


def every(parts):
    return False if False in parts else None if None in parts else True


def some(parts):
    return True if True in parts else None if None in parts else False


def alike(a, b):
    return sorted(a, key=units) == sorted(b, key=units) if isinstance(a, list) and isinstance(b, list) else type(a) is type(b) and a == b


def holds(op, a, b, at):
    if op == 'is':
        return alike(a, b)
    if op == 'oneOf':
        return any(alike(a, x) for x in b)
    if op in ('atLeast', 'notBefore'):
        return a >= b
    if op in ('atMost', 'notAfter'):
        return a <= b
    if op in ('above', 'after'):
        return a > b
    if op in ('below', 'before'):
        return a < b
    if op == 'within':
        return at - b <= a <= at
    if op == 'during':
        return any(is_open(window, a) for window in b)
    if op == 'contains':
        return b in a
    if op == 'containsAll':
        return all(x in a for x in b)
    if op == 'subsetOf':
        return all(x in b for x in a)
    if op == 'disjointFrom':
        return all(x not in b for x in a)
    return a.startswith(b)


def is_open(window, at):
    minutes = lambda clock: int(clock[:2]) * 60 + int(clock[3:])
    begins, ends = minutes(window['from']), minutes(window['to'])
    for ago in (0, 1):
        day = at // DAY - ago
        if 'days' in window and ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'][day % 7] not in window['days']:
            continue
        closes = ends + (1440 if ends < begins else 0)
        if day * DAY + begins * 60_000 <= at < day * DAY + closes * 60_000:
            return True
    return False


def mentioned(c, found):
    """The facts of a condition, by their first mention, without the fields of records."""
    for word in ('all', 'any'):
        for part in c.get(word, []):
            mentioned(part, found)
    for word in ('not', 'holds'):
        if word in c:
            mentioned(c[word], found)
    if 'fact' in c:
        right = next(v for k, v in c.items() if k != 'fact')
        names = [c['fact'], *(['at'] if 'within' in c else [])]
        if isinstance(right, dict) and 'fact' in right and 'every' not in c and 'some' not in c:
            names.append(right['fact'])
        found += [n for n in names if n not in found and not n.startswith('field.')]
        for word in ('every', 'some'):
            if word in c:
                mentioned(c[word], found)
    return found


# ---- the decision

class Decision:
    def __init__(self, book, told, cells):
        self.book, self.told, self.name = book, told, told['intent']['action']['id']
        self.sight = Sight(book, told, cells)
        self.reasons, self.trace, self.writes, self.plan = [], [], [], []
        self.asked = set()
        self.decide()

    def decide(self):
        if self.name not in self.book.where:
            failing = {'registry': ['tool_not_found']}
        else:
            self.action, self.pack = self.book.where[self.name]
            self.all = self.action['writes'] + counted(self.book, self.name)
            gates = required(self.book, self.name)
            failing = {gate: [code for r in gates[gate] for code in self.unmet(r)] for gate in GATES[:7]}
            failing['precondition'] = self.wrong() + [code for r in gates['precondition'] for code in self.unmet(r)]
            failing['precondition'] += self.out_of_range() + self.questions(self.used())
        for gate in GATES:
            hidden = gate != 'registry' and bool(failing.get('registry'))
            hidden = hidden or (gate == 'precondition' and bool(failing.get('entitlement') or failing.get('mode')))
            result = 'not_evaluated' if hidden else 'failed' if failing.get(gate) else 'passed'
            self.trace.append({'gate': gate, 'result': result})
            if not hidden:
                self.reasons += [(gate, code) for code in failing.get(gate, [])]
        if not self.reasons:
            self.writes, self.plan = self.written(self.all), self.steps()

    def unmet(self, requirement):
        code, when = requirement
        truth = self.sight.truth(when)
        if truth is None:
            facts = mentioned(when, [])
            return self.questions([*facts, *self.behind(facts)])
        return [] if truth else [code]

    def questions(self, facts):
        """A code for each observed fact that is not known, once in a decision."""
        found = []
        for name in facts:
            fact = self.sight.fact(name)
            if fact is None or fact['origin'] != 'observed' or name in self.asked:
                continue
            try:
                self.sight.read(name)
            except Gap as gap:
                self.asked.add(name)
                found.append('evidence_' + gap.why)
        return found

    def behind(self, facts):
        """The observed facts that have to be known before these are."""
        found = []
        for name in facts:
            fact = self.sight.fact(name)
            if fact is not None and fact['origin'] == 'observed':
                found.append(name)
            elif fact is not None and fact['origin'] == 'ledger':
                found += self.behind([t['fact'] for t in fact['key'] if isinstance(t, dict)])
        return found

    def wrong(self):
        given, code = self.told['intent']['action']['arguments'], self.action.get('invalid', 'arguments_invalid')
        ill = []
        for name in self.action['arguments']:
            try:
                self.sight.read('argument.' + name)
            except Gap:
                ill.append(name)
        return [code] * (len(ill) + len([n for n in given if n not in self.action['arguments']]))

    def used(self):
        """What an approval would use has to be known: keys and changes of all writes, and what is passed on."""
        terms = [t for w in self.all + later(self.action['does']) for t in [*w['key'], *w['change'].values()]]
        terms += list(self.action['does'].get('with', {}).values())
        return sorted(set(self.behind([t['fact'] for t in terms if isinstance(t, dict)])), key=units)

    def happens(self, write):
        return 'when' not in write or self.sight.truth(write['when']) is True

    def out_of_range(self):
        """The code, once, if a write would take its cell out of its type."""
        for w in self.all + later(self.action['does']):
            kind, change = self.book.cells[w['cell']], w['change']
            term = change.get('set', change.get('add'))
            if not isinstance(term, dict) or not self.happens(w):
                continue
            try:
                value = self.sight.term(term, kind)
            except Gap:
                continue
            if kind['type'] == 'set':
                members = value if isinstance(value, list) else [value]
                fits = all(m != '' and m in kind.get('of', [m]) for m in members)
            elif kind['type'] == 'enum':
                fits = value in kind['values']
            else:
                fits = kind['type'] != 'integer' or kind.get('min', -SAFE) <= value <= kind.get('max', SAFE)
            if not fits:
                return ['cell_out_of_range']
        return self.too_much()

    def too_much(self):
        """Counters that would pass a bound, and sets that would have no room."""
        cells, touched = dict(self.sight.cells), {}
        try:
            for w in self.written(self.all):
                at = (w['cell'], place(w['key']))
                if 'plus' in w or 'add' in w:
                    touched[at] = self.book.cells[w['cell']]
                apply(cells, at, w)
        except Gap:
            return []
        for at, kind in touched.items():
            value = cells.get(at)
            if kind['type'] == 'integer' and type(value) is int and not kind.get('min', -SAFE) <= value <= kind.get('max', SAFE):
                return ['cell_out_of_range']
            if kind['type'] == 'set' and isinstance(value, list) and len(value) > 256:
                return ['cell_out_of_range']
        return []

    def written(self, writes):
        found = []
        for w in writes:
            if not self.happens(w):
                continue
            key = [str(self.sight.term(t, STRING)) for t in w['key']]
            found.append({'cell': w['cell'], 'key': key, **self.change(w)})
        return found

    def change(self, w):
        change, kind = w['change'], self.book.cells[w['cell']]
        if 'clear' in change or 'plus' in change:
            return change
        if 'set' in change:
            value = self.sight.term(change['set'], kind)
            if kind['type'] == 'instant':
                return {'at': spelled(value)}
            return {'replace': value} if isinstance(value, list) else {'set': value}
        word = 'add' if 'add' in change else 'remove'
        term = change[word]
        value = self.sight.read(term['fact']) if isinstance(term, dict) else term
        return {word: sorted(value, key=units) if isinstance(value, list) else [str(value)]}

    def steps(self):
        does = self.action['does']
        if does['effect'] == 'internal':
            return []
        filled = {}
        for name, term in does['with'].items():
            if isinstance(term, dict):
                kind = self.sight.fact(term['fact'])['type']
                filled[name] = wire(kind, self.sight.term(term, kind))
            else:
                filled[name] = sorted(term, key=units) if isinstance(term, list) else term
        return [{'step': does['step'], 'with': filled, 'limits': does.get('limits') or self.pack['compute_limits']}]


class Afterwards(Sight):
    """What is seen when an action is over, and what it was passed."""

    def __init__(self, again, told):
        super().__init__(again.book, told, {})
        self.passed, self.sight = again.action['does']['with'], again.sight

    def fact(self, name):
        if not name.startswith('step.'):
            return super().fact(name)
        term = self.passed.get(name[5:])
        if isinstance(term, dict):
            return {**self.sight.fact(term['fact']), 'origin': 'step', 'term': term}
        kind = FLAG if isinstance(term, bool) else {'type': 'integer'} if isinstance(term, int) else NAMES if isinstance(term, list) else STRING
        return {'origin': 'step', 'type': kind, 'term': term}

    def step(self, _, fact):
        return self.sight.term(fact['term'], fact['type'])


def ended(again, receipt, shown):
    """What of an outcome does not follow from its decision: a word, or None."""
    status = 'failed' if receipt['status'] == 'withdrawn' else receipt['status']
    writes = again.action['does']['after'][status]['writes'] + (
        [{'cell': 'wip_open', 'key': [], 'change': {'plus': -1}}] if counted(again.book, again.name) else [])
    if again.written(writes) != receipt['writes']:
        return 'writes'
    if receipt['status'] != 'success':
        return None
    told = {**again.told, 'at': instant(receipt['at']), 'evidence': evidence_of(shown)}
    return None if Afterwards(again, told).truth(again.action['does']['verify']) is True else 'evidence'


def apply(cells, at, w):
    """What a write of a receipt makes of the values by cell and key."""
    before = cells.get(at)
    held = before if isinstance(before, list) else []
    if 'set' in w:
        cells[at] = w['set']
    elif 'at' in w:
        cells[at] = instant(w['at'])
    elif 'replace' in w:
        cells[at] = sorted(set(w['replace']), key=units)
    elif 'add' in w:
        cells[at] = sorted(set(held) | set(w['add']), key=units)
    elif 'remove' in w:
        cells[at] = [x for x in held if x not in w['remove']]
    elif 'plus' in w:
        cells[at] = max(-SAFE, min(SAFE, (before if type(before) is int else 0) + w['plus']))
    else:
        cells.pop(at, None)


def depth(book, name, seen=0):
    fact = book.facts.get(name)
    if fact is None or fact['origin'] != 'ledger' or seen > 16:
        return 0
    inner = [depth(book, t['fact'], seen + 1) + 1 for t in fact['key'] if isinstance(t, dict) and book.facts.get(t['fact'], {}).get('origin') == 'ledger']
    return max(inner, default=0)


def cells_of(book, told, readings):
    """The smallest state in which every recorded reading reads as it was recorded."""
    cells = {}
    names = [n for n in readings if book.facts.get(n, {}).get('origin') == 'ledger']
    for name in sorted(names, key=lambda n: depth(book, n)):
        fact, sight = book.facts[name], Sight(book, told, cells)
        kind = fact['type']
        value = readings[name]
        if kind['type'] == 'instant':
            value = instant(value)
        elif kind['type'] == 'set':
            value = sorted(value, key=units) if isinstance(value, list) and all(isinstance(t, str) for t in value) else None
        elif kind['type'] in ('string', 'enum'):
            value = value if isinstance(value, str) else None
        elif type(value) is not (bool if kind['type'] == 'boolean' else int):
            value = None
        try:
            at = (fact['cell'], sight.key(fact))
        except Gap:
            continue
        otherwise = '' if fact['otherwise'] == '' else admitted(kind, fact['otherwise'])
        if value is not None and (type(value) is not type(otherwise) or value != otherwise):
            cells[at] = value
    return cells


def evidence_of(shown):
    found = []
    for name, entries in shown.items():
        parts = name.split('/')
        if len(parts) != 3 or parts[0] != 'evidence' or not isinstance(entries, list):
            continue
        for e in entries:
            at = instant(e.get('observedAt')) if isinstance(e, dict) else None
            if at is not None and isinstance(e.get('about'), str):
                found.append({'fact': parts[1], 'source': parts[2], 'about': e['about'], 'observedAt': at, 'value': e.get('value')})
    return found


def told_by(receipt, shown):
    return {'id': receipt['id'], 'at': instant(receipt['at']), 'mode': receipt['mode'], 'catalog': receipt['catalog']['digest'],
            'intent': shown['request/intent'], 'evidence': evidence_of(shown)}


def decided_by(book, receipt, shown):
    """The decision anew, from what its receipt recorded."""
    told = told_by(receipt, shown)
    return Decision(book, told, cells_of(book, told, shown['state/readings']))


def differs(again, receipt, body):
    """What of a decision is not what deciding again gives: a word, or None."""
    verdict = 'refuse' if again.reasons else 'approve'
    if verdict != receipt['verdict']:
        return 'verdict'
    if sorted({code for _, code in again.reasons}) != receipt['codes']:
        return 'codes'
    if again.writes != receipt['writes']:
        return 'writes'
    if again.trace != body.get('trace'):
        return 'trace'
    if verdict == 'approve':
        return None if again.plan == body.get('actionPlan') else 'plan'
    said = [(r.get('gate'), r['code']) for r in body['reasons']]
    last = ('precondition', 'cell_out_of_range')
    said = [one for i, one in enumerate(said) if one != last or said.index(last) == i]
    return None if said == again.reasons else 'reasons'


def misread(book, receipt, shown, cells):
    """A reading that is not what the ledger says, or that is wanting: its name, or None."""
    told = told_by(receipt, shown)
    if told['intent']['action']['id'] not in book.where:
        return next(iter(shown['state/readings']), None)
    sight = Sight(book, told, cells)
    for name, said in shown['state/readings'].items():
        fact = book.facts.get(name)
        if fact is None or fact['origin'] != 'ledger':
            return name
        try:
            now = wire(fact['type'], sight.read(name))
        except Gap:
            return name
        if type(now) is not type(said) or now != said:
            return name
    for name in sight.looked_at():
        try:
            if name not in shown['state/readings'] and sight.read(name) is not None:
                return name
        except Gap:
            continue
    return None


if __name__ == '__main__':
    for line in sys.stdin:
        case = json.loads(line)
        book = Book(case['catalog'])
        for told in case['told']:
            again = Decision(book, told, {(cell, at): value for cell, at, value in told['cells']})
            print(json.dumps({'verdict': 'refuse' if again.reasons else 'approve', 'reasons': again.reasons,
                              'trace': again.trace, 'writes': again.writes, 'plan': again.plan}))
