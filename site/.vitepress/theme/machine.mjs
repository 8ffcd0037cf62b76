// A machine for a component: what it is doing, what its memory looks like, and
// what one may tell it. Only one runs in a page; another that starts stops it.
import {withBase} from 'vitepress';
import {onBeforeUnmount, reactive, shallowRef} from 'vue';

let running = null;

export const SPEEDS = [
    {name: 'full speed', speed: Infinity},
    {name: '1 million a second', speed: 1e6},
    {name: '200,000 a second', speed: 2e5},
    {name: '50,000 a second', speed: 5e4},
    {name: '10,000 a second', speed: 1e4},
    {name: '2,000 a second', speed: 2e3},
];

export function useMachine(screen) {
    const state = reactive({phase: 'idle', speed: Infinity, paused: false, status: null, error: '',
        booted: 0, scripted: false, flooded: false, events: [], happened: 0, places: {}, printed: ''});
    const look = shallowRef(null);
    const decoder = new TextDecoder();
    let worker = null, observer = null, visible;

    function receive({data}) {
        if (data.output) screen.value.write(data.output, () => worker?.postMessage({read: data.output.length}));
        if (data.output) state.printed = (state.printed + decoder.decode(data.output, {stream: true})).slice(-20000);
        if (data.pace) state.speed = data.pace;
        if (data.look) {
            look.value = data.look;
            state.happened += data.events.length;
            state.events = [...data.events, ...state.events].slice(0, 8);
            requestAnimationFrame(() => worker?.postMessage({drawn: true}));
        }
        if (data.flood) state.paused = state.flooded = true;
        if (data.scripted) state.scripted = true;
        if (data.booted) {
            screen.value.clear();
            state.booted = data.booted;
            state.places = data.places;
            state.phase = 'on';
            state.printed = '';
        }
        if (data.failed) {
            state.phase = 'failed';
            state.error = data.failed;
        }
        if ('off' in data) {
            state.phase = 'off';
            state.status = data.off;
        }
    }

    function stop() {
        worker?.terminate();
        worker = null;
        observer?.disconnect();
        document.removeEventListener('visibilitychange', visible);
        if (running === stop) running = null;
        state.phase = 'idle';
    }

    /** Boots a packed kernel, by its file's name, or an ELF file's bytes. */
    async function boot(kernel, {script = [], prompt = 'leaf> ', speed = state.speed, like, ram} = {}) {
        if (running && running !== stop) running();
        running = stop;
        if (!worker) {
            worker = new Worker(new URL('../../machine/worker.js', import.meta.url), {type: 'module'});
            worker.onmessage = receive;
            visible = () => tell({seen: !document.hidden});
            document.addEventListener('visibilitychange', visible);
        }
        Object.assign(state, {phase: 'boots', paused: false, status: null, error: '', scripted: false,
            flooded: false, events: [], printed: '', speed});
        look.value = null;
        await screen.value.open();
        const url = file => new URL(withBase(file), location.href).href;
        const packed = file => url(`/k/${file}`);
        worker.postMessage({boot: {pace: speed, typed: script, at: prompt, ram, wasm: url('/machine.wasm'),
            like: like && packed(like), kernel: typeof kernel === 'string' ? packed(kernel) : kernel}});
    }

    const tell = message => worker?.postMessage(message);
    const type = text => tell({type: new TextEncoder().encode(text)});
    function setSpeed(speed) {
        Object.assign(state, {speed, paused: false});
        tell({speed});
    }
    function pause(paused = !state.paused) {
        state.paused = paused;
        state.flooded = false;
        tell({speed: paused ? 0 : state.speed});
    }
    function step() {
        state.paused = true;
        tell({step: true});
    }
    onBeforeUnmount(stop);
    return {state, look, boot, stop, type, tell, setSpeed, pause, step};
}
