import { frames } from './scenarios/frames.ts'
import { printReport } from './table.ts'
console.log(printReport(await frames.run((d) => console.log(d))))
