// The machine runs here, so that the page stays quick. The page sends what is to
// boot, what is typed, and how fast to run; it gets the console's output, what
// happened, and what the guest's memory looks like.
import {symbolsOf} from './elf.js';
import {follow} from './events.js';
import {watch} from './look.js';
import {powerOn, STOP, unpack} from './machine.js';

const SLICE = 8; // milliseconds at full speed between looks at the messages
const FRAME = 20; // milliseconds between the steps of slow motion
const LOOK = 50; // milliseconds between pictures
const AHEAD = 65536; // bytes that the page may be behind
const KEY_DELAY = 500; // milliseconds before a key that no prompt asks for
const PLACES = ['__text', '__rodata', '__data', '__free_ram'];
const FLOOD = 1000; // lines without anything typed: then it pauses

let prompt = '', machine, look, events, compiled, timer;
let speed = Infinity, stepping = false, on = false, seen = true, asleep = false;
let unread = 0, lines = 0, lastOutput = 0, line = '', fresh = true, script = [], scripted = true;
let lastLook = 0, lookedAt = -1, question = null;
let drawing = false, owed = false, happened = []; // the page draws; it is to draw again; what it shall say
const channel = new MessageChannel();
channel.port1.onmessage = () => go();

/** Takes what was printed, and notes the line that the cursor is in. */
function flush() {
    const bytes = machine.output();
    if (!bytes.length) return;
    unread += bytes.length;
    lastOutput = performance.now();
    for (const byte of bytes) {
        if (byte === 10) {
            line = '';
            fresh = true;
            lines++;
        } else if (byte !== 13 && line.length < 100) {
            line += String.fromCharCode(byte);
        }
    }
    postMessage({output: bytes}, [bytes.buffer]);
    if (lines > FLOOD) {
        lines = 0;
        speed = 0;
        postMessage({flood: true});
    }
}

/** Types the next of what the session types, when it is its turn. */
function typeScript() {
    if (!script.length) {
        if (!scripted && (line === prompt || !on)) {
            scripted = true;
            postMessage({scripted});
        }
        return;
    }
    const {prompt: asked, keys, now, pace} = script[0];
    const turn = now || (asked ? fresh && line === prompt
        : lastOutput && performance.now() - lastOutput > KEY_DELAY);
    if (!turn) return;
    script.shift();
    fresh = false;
    lastOutput = performance.now();
    machine.type(new TextEncoder().encode(keys));
    lines = 0;
    if (pace) {
        speed = pace;
        postMessage({pace});
    }
}

function picture(force) {
    const now = performance.now(), count = machine.instructions();
    if (!force && (!seen || now - lastLook < LOOK || count === lookedAt)) return;
    if (drawing) { // no faster than the page can
        owed = true;
        return;
    }
    drawing = true;
    lastLook = now;
    lookedAt = count;
    const shown = {instructions: count, current: look.current(), frames: look.frames(),
        meminfo: look.meminfo(), tables: look.tables(), processes: look.processes(),
        heap: look.heap(), bins: look.bins(), on};
    if (shown.current && !shown.processes.length)
        shown.processes = [{...shown.current, regions: look.regions(shown.current.address)}];
    if (question !== null) shown.walk = {address: question, root: look.root(),
        steps: look.root() ? look.path(look.root(), question) : []};
    postMessage({look: shown, events: happened});
    happened = [];
}

const tell = event => { happened = [event, ...happened].slice(0, 8); };

function halt() {
    on = false;
    flush();
    typeScript();
    picture(true);
    postMessage({off: machine.status()});
}

const later = ms => { timer = setTimeout(go, ms); };
const soon = () => channel.port2.postMessage(null);

/** Runs for a while, and sees to it that it is called again. */
function go() {
    clearTimeout(timer);
    if (!on || (speed === 0 && !stepping)) return;
    if (unread > AHEAD) {
        asleep = true; // until the page has read
        return;
    }
    typeScript();
    const begin = performance.now();
    let why = STOP.BUDGET;
    if (stepping) {
        const done = events.run(500000);
        why = done.why;
        if (done.event || why === STOP.IDLE) {
            stepping = false;
            tell(done.event ?? {kind: 'idle', text: 'nothing is ready: the processor sleeps until the next tick'});
        }
    } else if (speed === Infinity) {
        do why = events.race(100000);
        while (why === STOP.BUDGET && performance.now() - begin < SLICE);
    } else {
        let left = Math.max(1, Math.round(speed * FRAME / 1000));
        while (left > 0 && why !== STOP.IDLE && why !== STOP.OFF) {
            const done = events.run(left);
            if (done.event) tell(done.event);
            ({left, why} = done);
            flush();
        }
    }
    flush();
    if (why === STOP.OFF) return halt();
    picture(speed !== Infinity);
    if (why === STOP.IDLE) {
        const wait = Math.min(machine.idle(), 0.5), from = performance.now();
        if (speed === 0) {
            machine.sleep(wait);
            if (stepping) soon();
            return;
        }
        timer = setTimeout(() => {
            machine.sleep(Math.min(wait, (performance.now() - from) / 1000 + 0.001));
            go();
        }, wait * 1000);
    } else if (stepping || speed === Infinity) {
        soon();
    } else if (speed) {
        later(FRAME);
    }
}

const fetchPacked = async url => unpack(new Uint8Array(await (await fetch(url)).arrayBuffer()));

/** A reader's own kernel is looked into as if it were like one of the book's. */
const ownKernel = async (kernel, like) =>
    ({kernel, symbols: symbolsOf(kernel, (await fetchPacked(like)).symbols)});

let boots = 0;

async function boot({kernel, like, wasm, typed, at, pace, ram}) {
    const number = ++boots;
    on = false;
    clearTimeout(timer);
    const begin = performance.now();
    const fetched = kernel instanceof Uint8Array ? ownKernel(kernel, like) : fetchPacked(kernel);
    compiled ??= fetch(wasm).then(response => response.arrayBuffer()).then(WebAssembly.compile);
    const [found, module] = await Promise.all([fetched, compiled]);
    if (number !== boots) return; // another was asked for meanwhile
    drawing = owed = false;
    happened = [];
    unread = lines = 0;
    line = '';
    fresh = true;
    lastOutput = 0;
    lookedAt = -1;
    script = [...typed];
    prompt = at;
    scripted = !script.length;
    speed = pace;
    stepping = false;
    const started = await powerOn(module, found.kernel, ram);
    if (number !== boots) return;
    machine = started;
    look = watch(machine, found.symbols);
    events = follow(machine, found.symbols, look);
    on = true;
    postMessage({booted: performance.now() - begin, places: Object.fromEntries(PLACES
        .map(name => [name, found.symbols.kernel.addresses[name]]).filter(([, address]) => address))});
    go();
}

onmessage = async ({data}) => {
    if (data.boot) {
        try {
            await boot(data.boot);
        } catch (error) {
            postMessage({failed: error.message});
        }
    }
    if ('speed' in data) {
        speed = data.speed;
        stepping = false;
        if (machine && on) go();
    }
    if (data.step) {
        stepping = true;
        speed = 0;
        if (machine && on) go();
    }
    if (data.type && machine) {
        machine.type(data.type);
        script = [];
        lines = 0;
    }
    if (data.read) {
        unread -= data.read;
        if (asleep && unread <= AHEAD / 2) {
            asleep = false;
            go();
        }
    }
    if (data.drawn) {
        drawing = false;
        if (owed) {
            owed = false;
            picture(true);
        }
    }
    if ('seen' in data) seen = data.seen;
    if ('question' in data) {
        question = data.question;
        if (machine) picture(true);
    }
};
