import DefaultTheme from 'vitepress/theme-without-fonts';
import {defineAsyncComponent, h} from 'vue';
import Session from './Session.vue';
import Picture from './Picture.vue';
import './style.css';

// Chapters' own pictures, by the name that build/pictures.mjs gives them.
const pictures = ['Walk', 'Heap', 'Pages', 'Promises', 'Sharing', 'Holes', 'Bins'];

export default {
    extends: DefaultTheme,
    enhanceApp({app}) {
        app.component('Session', Session);
        app.component('Front', defineAsyncComponent(() => import('./Front.vue')));
        for (const name of pictures)
            app.component(name, {props: ['file'], setup: props => () => h(Picture, {file: props.file, kind: name})});
    },
};
