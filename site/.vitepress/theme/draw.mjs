// Drawing on a canvas, sharp on every screen, in the page's colors.
import {onBeforeUnmount, onMounted, ref, watchEffect} from 'vue';

export const USES = [
    {name: 'free', text: 'free'}, {name: 'kernel', text: 'kernel'}, {name: 'heap', text: 'kernel heap'},
    {name: 'tables', text: 'page tables'}, {name: 'stacks', text: 'kernel stacks'},
    {name: 'user', text: 'user'}, {name: 'shared', text: 'user, shared'},
];

export const hex = n => (n >>> 0).toString(16).padStart(8, '0');
export const count = n => n.toLocaleString('en-US');

/** A canvas that is drawn again when what draw reads changes, or its size, or
 *  the page's colors. draw gets the context, the width and a color's value. */
export function useCanvas(height, draw) {
    const canvas = ref(), width = ref(0), theme = ref(0);
    let sizes, themes;
    onMounted(() => {
        sizes = new ResizeObserver(() => { width.value = canvas.value?.clientWidth ?? 0; });
        sizes.observe(canvas.value);
        themes = new MutationObserver(() => { theme.value++; });
        themes.observe(document.documentElement, {attributeFilter: ['class']});
    });
    onBeforeUnmount(() => {
        sizes?.disconnect();
        themes?.disconnect();
    });
    watchEffect(() => {
        void theme.value;
        const element = canvas.value, w = width.value;
        if (!element || !w) return;
        const tall = typeof height === 'function' ? height(w) : height;
        const scale = devicePixelRatio;
        element.style.height = `${tall}px`;
        element.width = Math.round(w * scale);
        element.height = Math.round(tall * scale);
        const context = element.getContext('2d'), style = getComputedStyle(element);
        context.scale(scale, scale);
        draw(context, w, name => style.getPropertyValue(`--use-${name}`), tall);
    }, {flush: 'post'});
    return canvas;
}
