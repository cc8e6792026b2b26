#!/usr/bin/env node
/** The command `iron-sync`: everything is in `run.ts`, which does not end the process. */

import { run } from './cli/run.ts'

const { output, errors, exitCode } = await run(process.argv.slice(2))
if (errors !== '') process.stderr.write(errors)
// A router may have opened connections, which would keep the process.
process.stdout.write(output, () => process.exit(exitCode))
