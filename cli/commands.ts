import type { Command } from 'commander';
import type { Io } from './terminal/io.ts';

type Make = (io: Io) => Command;

/** A command as the list of all shows it; its file, with all that it uses, is loaded when it is asked for. */
export type Listed = { readonly description: string; readonly load: () => Promise<Make> };

export const commands: Readonly<Record<string, Listed>> = {
  init: {
    description: "writes a database's entry in databases.json from what RDS and EC2 show",
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  check: {
    description: 'checks databases.json against the account before a deployment',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  status: {
    description: 'shows what the target group holds, and whether that is right',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  plan: {
    description: 'shows what a resync would change, and changes nothing',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  resync: {
    description: 'checks now, confirms a difference, and corrects it',
    load: async () => (await import('./commands/resync.ts')).resyncCommand,
  },
  doctor: {
    description: 'checks the whole setup from where the functions run',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  fleet: {
    description: 'shows state, failovers, missed events and alarms of every database; --html writes a page',
    load: async () => (await import('./commands/fleet.ts')).fleetCommand,
  },
  pause: {
    description: 'makes the functions only observe for a while; they resume by themselves',
    load: async () => (await import('./commands/pause.ts')).pauseCommand,
  },
  resume: {
    description: 'ends a pause at once',
    load: async () => (await import('./commands/pause.ts')).resumeCommand,
  },
  drill: {
    description: 'fails the database over and measures the outage',
    load: async () => (await import('./commands/drill.ts')).drillCommand,
  },
  events: {
    description: "shows RDS's events and the functions' reports on one timeline",
    load: async () => (await import('./commands/events.ts')).eventsCommand,
  },
  'connect-check': {
    description: "checks a consumer's connection to a database: name, TCP, first bytes",
    load: async () => (await import('./commands/connect-check.ts')).connectCheckCommand,
  },
  connections: {
    description: "lists, accepts and rejects consumers' connections",
    load: async () => (await import('./commands/connections.ts')).connectionsCommand,
  },
  completion: {
    description: 'prints a script that completes commands, options and databases',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
};
