/**
 * What the seeded team is called, has founded and says. An exchange is a few lines of talk; the
 * letter in front says whose turn it is, so that questions are answered by somebody else.
 */
import type { Person } from './schema.ts'

export type Theme = 'build' | 'design' | 'product' | 'customers' | 'office' | 'fun'

export interface SeedConversation {
  title: string
  topic: string
  theme: Theme
  /** The last lines, written for this conversation: `[person, text]`. */
  ending?: [personId: string, text: string][]
}

export const team: Person[] = [
  { id: 'maya', name: 'Maya Lindqvist', title: 'Product lead' },
  { id: 'jonas', name: 'Jonas Weber', title: 'Backend engineer' },
  { id: 'priya', name: 'Priya Raman', title: 'Frontend engineer' },
  { id: 'tomas', name: 'Tomás Herrera', title: 'Designer' },
  { id: 'aiko', name: 'Aiko Tanaka', title: 'Data engineer' },
  { id: 'samuel', name: 'Samuel Okafor', title: 'Customer success' },
  { id: 'lena', name: 'Lena Fischer', title: 'Engineering manager' },
  { id: 'noah', name: 'Noah Bennett', title: 'Site reliability' },
  { id: 'ines', name: 'Inês Carvalho', title: 'User research' },
  { id: 'omar', name: 'Omar Haddad', title: 'Mobile engineer' },
  { id: 'freya', name: 'Freya Nilsen', title: 'Brand designer' },
  { id: 'kwame', name: 'Kwame Mensah', title: 'Security engineer' },
  { id: 'sofia', name: 'Sofia Rossi', title: 'Marketing' },
  { id: 'daniel', name: 'Daniel Kim', title: 'Sales' },
  { id: 'zoe', name: 'Zoe Martin', title: 'Support engineer' },
  { id: 'viktor', name: 'Viktor Novak', title: 'Platform engineer' },
  { id: 'amara', name: 'Amara Diallo', title: 'People & culture' },
  { id: 'ruth', name: 'Ruth Cohen', title: 'Finance' },
]

export const founded: SeedConversation[] = [
  {
    title: 'Spring launch',
    topic: 'Everything that has to happen before the 14th',
    theme: 'product',
    ending: [
      ['sofia', 'Morning! Landing page copy is final, I only need the screenshots.'],
      ['tomas', 'Exporting them now. Light and dark, both at 2x.'],
      ['tomas', 'They are in the launch folder. The onboarding one is new, have a look.'],
      ['maya', 'That onboarding one is lovely. The empty state finally feels inviting.'],
      ['jonas', 'Import is behind a flag on production since last night. No surprises so far.'],
      [
        'priya',
        'I tried it with my own 40,000 rows: 11 seconds, and the page stays responsive!',
      ],
      ['maya', 'That was the last red item on the list. Who takes the final walkthrough?'],
      [
        'ines',
        'I have two customers at three o’clock who would love to be the first to see it.',
      ],
      ['jonas', 'Then I switch the flag on for their workspaces right after lunch.'],
      ['priya', 'And I keep an eye on the error rate while they click around.'],
    ],
  },
  {
    title: 'Design review',
    topic: 'Bring work early, bring it unfinished',
    theme: 'design',
    ending: [
      ['freya', 'New icon set is ready for a first look. 24 of 60, the strange ones first.'],
      ['tomas', 'The “archive” one reads as “download” to me.'],
      ['freya', 'Fair. I turn the arrow into a lid.'],
      ['priya', 'Could we keep the 1.5 px stroke? It stays crisp on the small buttons.'],
      ['tomas', 'Second version is in the file, much calmer now.'],
    ],
  },
  {
    title: 'Incidents',
    topic: 'One thread per incident, write as you go',
    theme: 'build',
    ending: [
      ['noah', 'Latency on the search cluster is up, p95 at 900 ms since 09:40.'],
      ['viktor', 'One node is compacting. Taking it out of the pool.'],
      ['noah', 'Back to 120 ms. I write the summary this afternoon.'],
    ],
  },
  {
    title: 'Frontend',
    topic: 'Components, performance, browser oddities',
    theme: 'build',
    ending: [
      ['omar', 'Who owns the date picker? It opens behind the keyboard on small phones.'],
      ['priya', 'I do. Fixing it with a sheet instead of a popover, should be in today.'],
    ],
  },
  {
    title: 'Customer voices',
    topic: 'What people told us this week, unfiltered',
    theme: 'customers',
    ending: [
      [
        'samuel',
        '“I closed four tabs the day I switched.” Second call of the day, and it made mine.',
      ],
      ['ines', 'May I put that one on the wall?'],
    ],
  },
  {
    title: 'Backend guild',
    topic: 'Queries, queues and the occasional rewrite',
    theme: 'build',
    ending: [
      [
        'aiko',
        'The nightly job went from 48 minutes to 6. It was the missing index all along.',
      ],
      ['jonas', 'It is always the missing index.'],
    ],
  },
  {
    title: 'Lunch',
    topic: 'Today, where, when',
    theme: 'fun',
    ending: [
      ['amara', 'The noodle place on the corner has a table for eight at 12:30.'],
      ['daniel', 'In!'],
      ['zoe', 'In, if somebody reminds me at 12:25'],
    ],
  },
  { title: 'Mobile', topic: 'iOS and Android, one roadmap', theme: 'build' },
  { title: 'Hiring', topic: 'Open roles and the people we meet', theme: 'office' },
  { title: 'Security', topic: 'Reports, reviews, rotations', theme: 'build' },
  { title: 'Roadmap', topic: 'What is next, and what is not', theme: 'product' },
  { title: 'Support desk', topic: 'Hand-overs between shifts', theme: 'customers' },
  { title: 'Brand refresh', topic: 'Type, colour, voice', theme: 'design' },
  { title: 'Data platform', topic: 'Pipelines and the questions they answer', theme: 'build' },
  { title: 'Pricing', topic: 'Plans, limits, fairness', theme: 'product' },
  { title: 'Office', topic: 'Plants, keys, deliveries', theme: 'office' },
  { title: 'Research notes', topic: 'Interviews and what we learned', theme: 'design' },
  { title: 'Release train', topic: 'Every Tuesday, rain or shine', theme: 'build' },
  { title: 'Partners', topic: 'Integrations and those who build them', theme: 'customers' },
  { title: 'Book club', topic: 'One chapter a week, no homework shame', theme: 'fun' },
  { title: 'On call', topic: 'Hand-over notes, every Monday', theme: 'build' },
  { title: 'Accessibility', topic: 'Keyboard, contrast, screen readers', theme: 'design' },
  { title: 'Newsletter', topic: 'Drafts for the monthly letter', theme: 'product' },
  { title: 'Onboarding', topic: 'The first fifteen minutes', theme: 'product' },
  { title: 'Running club', topic: 'Thursdays, slow and cheerful', theme: 'fun' },
  { title: 'Billing', topic: 'Invoices, taxes, edge cases', theme: 'customers' },
  { title: 'Docs', topic: 'If it is not written down, it did not happen', theme: 'product' },
  { title: 'Search', topic: 'Relevance and speed', theme: 'build' },
  { title: 'Offsite', topic: 'Three days in June, agenda and travel', theme: 'office' },
  { title: 'Photography', topic: 'Show us your weekend', theme: 'fun' },
  { title: 'Quarterly numbers', topic: 'What the spreadsheet says', theme: 'office' },
  { title: 'Integrations', topic: 'Webhooks and the API', theme: 'build' },
  { title: 'Music', topic: 'What is in your headphones', theme: 'fun' },
  { title: 'Community', topic: 'Forum, meetups, answers', theme: 'customers' },
  { title: 'Design system', topic: 'Tokens, components, guidelines', theme: 'design' },
  { title: 'Ideas', topic: 'Half-baked is welcome', theme: 'product' },
]

/** What fills the gaps of an exchange. */
export const fillers: Record<string, string[]> = {
  feature: ['import', 'search', 'the calendar view', 'exports', 'comments', 'the audit log'],
  screen: ['settings page', 'sign-up form', 'dashboard', 'empty state', 'sidebar', 'editor'],
  service: ['queue', 'gateway', 'mail worker', 'search index', 'billing job', 'cache'],
  customer: ['Alder & Co', 'Northbay', 'Linden Press', 'Studio Orme', 'Kestrel', 'Fjordline'],
  day: ['tomorrow', 'on Monday', 'on Wednesday', 'this afternoon', 'by Friday', 'next week'],
  count: ['3', '5', '7', '12', '18', '24', '40'],
}

export const exchanges: Record<Theme, string[]> = {
  build: [
    'A: Tests for {feature} are green, merging.|B: Lovely. I rebase mine on top.',
    'A: Does anybody know why the {service} restarts at midnight?|B: Log rotation. It is on my list, sorry.|A: No worries, just wanted to be sure it is not me.',
    'A: I need a second pair of eyes on the {feature} branch.|B: Looking now.|B: Two small comments, otherwise good to go.|A: Thanks, both done.',
    'A: The {service} handled {count} times the usual load today and did not blink.|B: Worth the rewrite then.',
    'A: I would like to delete the old {feature} code {day}.|B: Please do.|C: I will bring cake.',
    'A: Anybody else seeing flaky tests around {feature}?|B: Yes, it depends on the time zone. Fix is up.',
    'A: Upgraded the {service}, {count} warnings gone.|B: Very satisfying.',
    'A: Small question: do we still support the old format in {feature}?|B: Until the next major. There are {count} workspaces left that use it.',
    'A: The profile says we spend a third of the time serialising rows we never show.|B: That explains a lot.|A: Patch is twelve lines. Review {day}?|B: Now, if you like.',
    'A: Deployed. Watching the dashboards for half an hour.|B: All quiet from here.',
    'A: I wrote down how the {service} decides what to retry.|C: Finally! Thank you.|B: Added a paragraph about timeouts.',
    'A: Can we pair on {feature} {day}?|B: After ten, gladly.',
    'A: The build is down to {count}0 seconds.|B: How?|A: We compiled everything twice. Now once.',
    'A: Rolling back, the {service} rejects some of the old tokens.|B: Ack. Anything I can do?|A: All good again, the fix comes with a test.',
  ],
  design: [
    'A: New version of the {screen} is in the file.|B: Much better hierarchy!|C: The secondary button could step back a little more.',
    'A: Which grey do we use for borders on dark?|B: The 12 % white. It is a token now.',
    'A: I tried the {screen} with {count} people. Nobody missed the old menu.|B: That is the best kind of result.',
    'A: Could somebody check the contrast on the {screen}?|B: 4.7 to 1, we are fine.',
    'A: Thinking about fewer corners. Literally.|B: 6 px everywhere?|A: 6 for controls, 12 for cards.',
    'A: The illustration for the {screen} is ready {day}.|B: No hurry, but I cannot wait to see it.',
    'A: Prototype link is in the description. Be honest.|B: The transition feels slow, the rest feels obvious. In a good way.|A: Halved it. Better?|B: Yes!',
    'A: Should the {screen} scroll as a whole or only its list?|B: Only the list, the actions should stay.',
    'A: Keyboard focus was invisible on the {screen}. Fixed.|B: Thank you for caring.',
  ],
  product: [
    'A: Draft for {feature} is up for comments until {day}.|B: Read it, I like how small it is.|A: It was twice as long yesterday.',
    'A: What do we say no to this month?|B: A second kind of {feature}.|C: Agreed, one good one first.',
    'A: {customer} asked for {feature} again.|B: That makes {count}.|A: Moving it up then.',
    'A: Can I get a one-line description of {feature}?|B: “It remembers where you left off.”|A: Sold.',
    'A: The numbers after the last release: {count} % more people come back the next day.|B: Wow.|C: I had to read that twice.',
    'A: Let us move the {feature} decision to {day}, I want to talk to two more people.|B: Sounds right.',
    'A: Notes from today are in the doc, decisions on top.|B: Thanks, that helps those of us who were asleep.',
    'A: Do we announce {feature} or just ship it?|B: Ship it. Let them find it.',
    'A: I cut the scope by half and I do not miss anything.|B: Then cut it again.',
  ],
  customers: [
    'A: {customer} is live!|B: Congratulations!|C: That was quick.',
    'A: {customer} cannot find {feature}.|B: It moved into the sidebar, I will answer them.|A: Thanks!',
    'A: Call with {customer} went well, they start with {count} seats.|B: Great news.',
    'A: Has anybody seen this before: invoice shown twice after a plan change?|B: Yes, display only. The fix ships {day}.|A: I let them know.',
    'A: The answer template for {feature} is outdated.|B: Updated it, with a picture.',
    'A: {customer} would like to talk to somebody technical {day}.|B: I am free after two.|A: Booked.',
    'A: {count} open tickets, none older than a day.|B: You are on fire.',
    'A: Somebody on the forum wrote a whole guide to {feature}.|B: Let us send them a mug.|C: On it.',
    'A: {customer} says thanks for the fast fix.|B: Passing it on, it was a team effort.',
  ],
  office: [
    'A: Parcel for you at the front desk.|B: Coming down, thank you!',
    'A: Who has the key to the small meeting room?|B: It is back on the hook.',
    'A: The agenda for {day} is up, add what is missing.|B: Added a point about travel.',
    'A: We have {count} applications for the platform role.|B: Any you would meet right away?|A: Three. Notes are in the folder.',
    'A: The monstera on the second floor has a new leaf.|B: Best news of the week.',
    'A: Please hand in expenses {day}.|B: Done, for once.|A: I frame this message.',
    'A: Fire drill at eleven, please use the stairs.|C: Even the standing desks?|A: Especially those.',
    'A: Interview went really well, clear thinker and very kind.|B: Second round {day}?|A: Inviting them now.',
  ],
  fun: [
    'A: Good morning from the train!|B: Have a good ride!',
    'A: Chapter {count} was a slow start, but what an ending.|B: No spoilers!|A: Not a word.',
    'A: Who is in {day}?|B: Me!|C: Me too, if it does not rain.',
    'A: Found a record shop two streets from the office.|B: And you tell us only now?',
    'A: {count} kilometres, and I can still walk.|B: Hero.',
    'A: My sourdough finally has holes.|B: Bring it or it did not happen.',
    'A: Sunset over the harbour, no filter.|B: Beautiful.|C: That orange!',
    'A: What are you all listening to?|B: Only rain sounds, and I am not joking.',
    'A: Coffee machine is fixed!|B: This is the most important message of the month.',
  ],
}
