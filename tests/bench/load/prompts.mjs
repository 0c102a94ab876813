// A thousand prompts as people write them: a hundred wishes, each with ten of fifty twists, always in the same order.
const WISHES = `
A tip calculator for a table of friends
A tea timer with a soft bell
A counter for push-ups with a daily goal
A packing list for a weekend by train
A pomodoro timer with long breaks
A unit converter for baking
A quiz about capitals of Europe
A metronome with tap tempo
A chess clock for two players
A drawing pad with six colours
A habit tracker for the next thirty days
A splitter for shared holiday costs
A budget for one person and twelve months
A kanban board for a small choir
A notepad that keeps what I type
A landing page for a bakery
A dashboard for a bicycle shop
A calculator with a paper tape
A flash card trainer for Italian verbs
A countdown to New Year's Eve
A dice roller for board games
A random picker for who does the dishes
A water reminder for office days
A reading list with stars
A workout log with sets and weights
A recipe card that scales its amounts
A colour palette maker
A password generator that explains strength
A typing trainer with short sentences
A memory game with animals
A tic-tac-toe game against the computer
A snake game with large buttons
A minesweeper for beginners
A word guessing game with six tries
A crossword with ten words
A sudoku that shows mistakes
A hangman game about vegetables
A reaction time test
A stopwatch with laps
A world clock for five cities
A calendar of birthdays
A sleep diary with a weekly chart
A mood journal with one tap a day
A plant watering schedule
A garden bed planner on a grid
A moon phase display
A weather card with made-up data
A star chart of the northern sky
A train departure board
A bus timetable for one stop
A currency converter with fixed rates
A loan calculator with a table of payments
A savings goal with a filling jar
An invoice for a freelancer
A time sheet for four projects
A meeting cost ticker
A voting page for lunch
A seating plan for a wedding
A guest list with answers
A shopping list sorted by aisle
A meal plan for a week
A wine tasting sheet
A coffee brewing guide with steps
A beer style quiz
A cocktail finder by what is in the bar
A first aid card for a scout group
A fire drill checklist
A bicycle repair log
A car fuel diary
A running pace calculator
A marathon training plan
A swim lap counter
A football score board
A tennis score keeper
A darts score for three hundred and one
A bowling score sheet
A golf card for nine holes
A climbing log with grades
A yoga sequence with a timer
A breathing exercise with a circle
A guitar chord book
A piano with one octave
A drum machine with eight steps
A tuner that plays reference tones
A set list for a band
A lyrics sheet that scrolls
A photo frame with captions
A gallery of drawn shapes
A pixel art editor of sixteen squares
A poster with a big headline
A business card with a flip side
A résumé of one page
A portfolio for an architect
A product page for a wooden lamp
A price table with three plans
A questionnaire with ten questions
A feedback form with a thank-you
A glossary with search
A timeline of the Roman emperors
A periodic table of the first twenty elements`.trim().split('\n');

const TWISTS = `
in calm greens
in dark colours
with a light and a dark look
that works well on a phone
with buttons large enough for gloves
that needs no mouse
for somebody who is colour-blind
for a child of seven
for my grandmother
for a class of twenty-five
with undo
with a reset that asks first
that remembers what I did last time
with a short explanation at the top
with example data to begin with
with a printable view
with a share button that copies a text
with a small chart of the last days
with keyboard shortcuts
with a soft sound at the end
without any sound
with big digits
in warm colours and round corners
with thin lines and much white
in the style of an old terminal
in the style of a train station
as plain as possible
with a little animation when something is done
without animation
with two columns on a wide screen
that fits one screen without scrolling
with a search field
with filters
that can be sorted
with tags
with a total at the bottom
with a progress bar
with a best score
with three levels
for two people who take turns
in British English
with metric units
with a title I can change
with notes beside it
with a help page behind a question mark
that greets me by name
with an empty state that says what to do
with friendly error messages
that shows the date and the time
that I could put on a wall`.trim().split('\n');

const EACH = 10;
export const PROMPTS = WISHES.length * EACH;

// The n-th, from 0 on; after a thousand they begin anew. Neighbours differ in both parts.
export function prompt(n) {
	const wish = n % WISHES.length, turn = Math.floor(n / WISHES.length) % EACH;
	return `${WISHES[wish]} ${TWISTS[(wish * 7 + turn * 5) % TWISTS.length]}`;
}
