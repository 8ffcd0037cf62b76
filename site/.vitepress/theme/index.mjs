import DefaultTheme from 'vitepress/theme-without-fonts';
import {defineAsyncComponent} from 'vue';
import Session from './Session.vue';
import './style.css';

export default {
    extends: DefaultTheme,
    enhanceApp({app}) {
        app.component('Session', Session);
        app.component('Picture', defineAsyncComponent(() => import('./Picture.vue')));
        app.component('Front', defineAsyncComponent(() => import('./Front.vue')));
    },
};
