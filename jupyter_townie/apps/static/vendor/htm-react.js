import{createElement as h}from"react";import htm from"htm";export const html=htm.bind(h);
