import { parseArguments } from '../../src/cli/parse.ts';
import { routeRequest } from '../../src/cli/route.ts';
import { loadTable } from '../../src/command.ts';
import { commands } from '../../src/commands/index.ts';

const { verbs } = await loadTable(commands);

/** The commands of hotpass that are printed as next; a remark in brackets behind two spaces is none of it. */
export function nextCommands(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}next:? +(hotpass .*)$/gm)].map(([, line = '']) =>
    line.replace(/ {2}\(.*\)$/, ''),
  );
}

/** Parses a command as the program would. Throws when it would refuse it. */
export function parseCommand(command: string): void {
  const request = routeRequest(commands, command.split(' ').slice(1));
  const verb = request.kind === 'verb' ? verbs.find(({ path }) => path === request.verb.path) : undefined;
  if (request.kind === 'verb' && verb !== undefined) parseArguments(verb, request.argv);
}
