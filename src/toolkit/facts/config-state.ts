import type { Impact, StepOf } from '../../model/step.js';
import type { FieldDifference } from '../field-difference.js';
import type { AppliedKeys, HostView, SeenGuest } from './host-view.js';

/** The config of a guest beside the step that looks after it. */
export interface ConfigState {
  readonly step: StepOf<'guest-config'>;
  readonly view: HostView;
  readonly guest: SeenGuest;
  readonly keys: ReadonlyMap<string, string>;
  readonly pending: ReadonlyMap<string, string>;
  readonly deleting: ReadonlySet<string>;
  readonly applied: AppliedKeys | undefined;
  /** Nothing of ours has been set yet, and all that the guest has was born with it. */
  readonly isNewborn: boolean;
  readonly foreign: string[];
  readonly unseen: string[];
}

/** What a comparison has to know. */
export function configState(step: StepOf<'guest-config'>, view: HostView, guest: SeenGuest): ConfigState {
  const { keys = [], pending } = guest.conf ?? {};
  const applied = view.applied(step.id);
  return {
    step,
    view,
    guest,
    keys: new Map(keys),
    pending: new Map(pending?.keys ?? []),
    deleting: new Set((pending?.deletes ?? []).map((key) => key.replace(/^!/, ''))),
    applied,
    isNewborn: step.cleanClone === true && applied === undefined && !guest.isTaken,
    foreign: [],
    unseen: [],
  };
}

/** A key that is not as it should be; empty texts stand for what is absent. */
export function difference(field: string, before: string, after: string, impact: Impact): FieldDifference {
  const change = before === '' ? 'added' : after === '' ? 'removed' : 'changed';
  return { field, change, ...(before === '' ? {} : { before }), ...(after === '' ? {} : { after }), impact };
}
