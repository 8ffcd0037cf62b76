// A kernel.elf that is dropped anywhere on the page boots in the session it was
// dropped on, or the one that runs, or else the first.
import {onBeforeUnmount, onMounted} from 'vue';

const places = [];

const over = event => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
};
function drop(event) {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    const place = places.find(({element}) => element.value.contains(event.target)) ??
        places.find(({live}) => live()) ?? places[0];
    place.boot(file);
}

export function useDrop(element, live, boot) {
    const place = {element, live, boot};
    onMounted(() => {
        if (!places.length) {
            window.addEventListener('dragover', over);
            window.addEventListener('drop', drop);
        }
        places.push(place);
    });
    onBeforeUnmount(() => {
        places.splice(places.indexOf(place), 1);
        if (places.length) return;
        window.removeEventListener('dragover', over);
        window.removeEventListener('drop', drop);
    });
}
