// Stands for the theme's components that these pages don't use.
export default {inheritAttrs: false, render: () => null};
