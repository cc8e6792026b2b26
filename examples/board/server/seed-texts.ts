/** What the two seeded organisations are, who works there, and what their boards are full of. */
import type { Org, Person } from './schema.ts'

export const organisations: Org[] = [
  { id: 'fernway', name: 'Fernway', line: 'Bikes for a whole city' },
  { id: 'lumen', name: 'Lumen', line: 'The library in your pocket' },
]

export const team: Person[] = [
  { id: 'nora', orgId: 'fernway', name: 'Nora Lindgren', title: 'Product lead' },
  { id: 'elias', orgId: 'fernway', name: 'Elias Brandt', title: 'Operations' },
  { id: 'mei', orgId: 'fernway', name: 'Mei Tanaka', title: 'Rider care' },
  { id: 'tobias', orgId: 'fernway', name: 'Tobias Okoye', title: 'Field service' },
  { id: 'carla', orgId: 'fernway', name: 'Carla Moreno', title: 'Designer' },
  { id: 'ravi', orgId: 'fernway', name: 'Ravi Pillai', title: 'Engineer' },
  { id: 'hanna', orgId: 'lumen', name: 'Hanna Vogel', title: 'Head librarian' },
  { id: 'idris', orgId: 'lumen', name: 'Idris Bello', title: 'Reading app' },
  { id: 'juno', orgId: 'lumen', name: 'Juno Castell', title: 'Children’s section' },
  { id: 'saoirse', orgId: 'lumen', name: 'Saoirse Byrne', title: 'Events' },
]

export interface SeedPost {
  title: string
  authorId: string
  votes: number
  /** How long ago it was written. */
  hours: number
  /** How long ago it was closed. */
  closedHours?: number
  body?: string
  /** `[person, text]`, the oldest first. */
  comments?: [personId: string, text: string][]
}

export interface SeedBoard {
  orgId: string
  name: string
  about: string
  /** How many more there are, drawn by lot. */
  others: number
  posts: SeedPost[]
}

export const seedBoards: SeedBoard[] = [
  {
    orgId: 'fernway',
    name: 'App ideas',
    about: 'What riders wish for, and what came of it',
    others: 230,
    posts: [
      {
        title: 'Reserve a bike ten minutes ahead',
        authorId: 'mei',
        votes: 214,
        hours: 2.2,
        body: 'The most common call on rainy mornings: “I saw a bike in the app, I walked there, it was gone.” Ten minutes would cover nearly every walk we see.\n\nIt should let go by itself, and say so. Nobody may hold two.',
        comments: [
          ['elias', 'From the numbers: 8 of 10 walks to a bike take less than six minutes.'],
          ['nora', 'So even five would do. Ten is kinder to people with children.'],
          [
            'ravi',
            'The lock can do it. It needs to know when to give up, also without signal.',
          ],
          [
            'carla',
            'I have a sketch where the pin fills up like an hourglass. Shall I post it?',
          ],
        ],
      },
      {
        title: 'Show how many bikes will be there when I arrive',
        authorId: 'nora',
        votes: 187,
        hours: 5.5,
        body: 'Not how many there are, but how many there will be. We have two years of data on every station; a forecast of fifteen minutes is well within reach.',
        comments: [
          ['ravi', 'A first model is right within one bike for 83 % of all stations.'],
          ['mei', 'Show it as “usually 3 or 4”. People forgive a range, not a number.'],
        ],
      },
      {
        title: 'Dark mode that follows the sunset',
        authorId: 'carla',
        votes: 96,
        hours: 7,
        body: 'At night the map is a torch in the rider’s face. Follow the phone where it has a setting, the sunset where it has none.',
        comments: [['tobias', 'Yes please. I look at this map eight hours a day.']],
      },
      {
        title: 'Tell me before my pass runs out',
        authorId: 'elias',
        votes: 158,
        hours: 11,
        body: 'A day before, with one button to renew. Today the first sign is a lock that stays shut.',
        comments: [
          ['mei', 'Would save me about forty mails a week.'],
          ['nora', 'A day before is the right moment. A week is too early to care.'],
        ],
      },
      {
        title: 'Report a flat tyre with a photo',
        authorId: 'tobias',
        votes: 143,
        hours: 26,
        body: 'With a photo I know whether to bring a tube or a wheel. It saves every second trip.',
        comments: [
          ['ravi', 'How large may they be? Half of the stations have a poor connection.'],
          ['tobias', 'Small is fine. I only need to see the rim.'],
          ['carla', 'Then take it in the app, and shrink it there.'],
        ],
      },
      {
        title: 'One receipt a month instead of one a ride',
        authorId: 'mei',
        votes: 121,
        hours: 31,
        body: 'Commuters with an expense account get forty mails and need one.',
      },
      {
        title: 'Ring the bell so that I find my bike',
        authorId: 'carla',
        votes: 89,
        hours: 49,
        body: 'In a row of thirty, all of them green.',
        comments: [['elias', 'Only within twenty metres, or the neighbours will love us.']],
      },
      {
        title: 'Group ride: unlock four bikes with one phone',
        authorId: 'nora',
        votes: 132,
        hours: 75,
      },
      {
        title: 'Larger buttons, for gloves',
        authorId: 'tobias',
        votes: 74,
        hours: 50,
        closedHours: 1.3,
        body: 'Everything one needs outdoors in January: unlock, lock, report.',
        comments: [['carla', 'Shipped this morning. Tried with ski gloves, too.']],
      },
      {
        title: 'Keep the map where I left it',
        authorId: 'ravi',
        votes: 61,
        hours: 90,
        closedHours: 4,
        comments: [['ravi', 'Done: it comes back within 200 ms, at the same zoom.']],
      },
      {
        title: 'Say why a ride was charged twice',
        authorId: 'mei',
        votes: 118,
        hours: 140,
        closedHours: 9,
        body: 'It nearly never was: it is a deposit that comes back. The receipt should say so.',
      },
      {
        title: 'Apple and Google Pay',
        authorId: 'elias',
        votes: 176,
        hours: 400,
        closedHours: 28,
      },
      {
        title: 'Stop asking for my location twice',
        authorId: 'carla',
        votes: 55,
        hours: 300,
        closedHours: 52,
      },
    ],
  },
  {
    orgId: 'fernway',
    name: 'Stations',
    about: 'Where one is missing, where one is in the way',
    others: 64,
    posts: [
      {
        title: 'Harbour steps: six docks are always full',
        authorId: 'elias',
        votes: 47,
        hours: 3,
        comments: [['tobias', 'There is room for ten more on the east side.']],
      },
      {
        title: 'A station at the new swimming hall',
        authorId: 'mei',
        votes: 92,
        hours: 20,
        body: 'Opens in May, 800 visitors a day, no parking. They would like it, too.',
      },
      {
        title: 'Old market: move it out of the cherry blossom',
        authorId: 'tobias',
        votes: 18,
        hours: 44,
        closedHours: 6,
      },
    ],
  },
  {
    orgId: 'fernway',
    name: 'Workshop',
    about: 'What breaks, and what would keep it from breaking',
    others: 41,
    posts: [
      {
        title: 'Kickstand loosens after 400 km',
        authorId: 'tobias',
        votes: 31,
        hours: 8,
        comments: [
          ['elias', 'Only those of the March delivery?'],
          ['tobias', 'Only those.'],
        ],
      },
    ],
  },
  {
    orgId: 'lumen',
    name: 'Reading app',
    about: 'Everything between a reader and the next page',
    others: 140,
    posts: [
      {
        title: 'Send a chapter to the bedroom lamp',
        authorId: 'juno',
        votes: 44,
        hours: 4,
        body: 'It dims when the chapter ends. Parents ask for it every single week.',
        comments: [['idris', 'I did not expect this one to be so popular.']],
      },
      {
        title: 'Go on listening where I stopped reading',
        authorId: 'idris',
        votes: 131,
        hours: 9,
        comments: [['hanna', 'For the books we have as both, that would be wonderful.']],
      },
      { title: 'Return a book early, with one tap', authorId: 'hanna', votes: 88, hours: 30 },
      {
        title: 'Bigger letters than the biggest ones',
        authorId: 'saoirse',
        votes: 77,
        hours: 60,
        closedHours: 5,
      },
    ],
  },
  {
    orgId: 'lumen',
    name: 'Branches',
    about: 'Chairs, light, opening hours',
    others: 38,
    posts: [{ title: 'Open the garden on Sundays', authorId: 'saoirse', votes: 52, hours: 6 }],
  },
]

export interface Wishes {
  asks: readonly string[]
  things: readonly string[]
  ways: readonly string[]
}

/** A title is one of each: 20 × 16 × 16 of them. */
export const wishes: Record<string, Wishes> = {
  fernway: {
    asks: split(
      'Show|Let me share|Let me filter|Remember|Let me pin|Warn me about|Export|' +
        'Let me rate|Explain|Highlight|Sort|Announce|Compare|Let me print|Simplify|' +
        'Notify me about|Let me search|Translate|Count|Let me mute',
    ),
    things: split(
      'free bikes|my rides|saved routes|monthly passes|refunds|docking stations|' +
        'battery levels|guest rides|group bookings|repair reports|unlock codes|' +
        'rain forecasts|weekend prices|charging stops|lost items|cargo bikes',
    ),
    ways: split(
      'on the map|on my watch|by week|in my calendar|for a whole family|' +
        'without an account|with one tap|before I leave home|near my office|on the receipt|' +
        'on the lock screen|by neighbourhood|in large print|while offline|for commuters|' +
        'at the station',
    ),
  },
  lumen: {
    asks: split(
      'Show|Let me share|Let me filter|Remember|Let me pin|Read out|Export|Let me rate|' +
        'Explain|Highlight|Sort|Announce|Compare|Let me print|Simplify|Notify me about|' +
        'Let me search|Translate|Count|Recommend',
    ),
    things: split(
      'new arrivals|my loans|reading lists|waiting lists|due dates|audio books|' +
        'picture books|footnotes|bookmarks|reviews|author talks|comics|local papers|' +
        'study rooms|holds|series',
    ),
    ways: split(
      'on the home page|on my e-reader|by month|in my calendar|for a whole class|' +
        'without an account|with one tap|before closing time|in my branch|on the receipt|' +
        'on the lock screen|by age|in large print|while offline|for book clubs|at the desk',
    ),
  },
}

function split(words: string): string[] {
  return words.split('|')
}
