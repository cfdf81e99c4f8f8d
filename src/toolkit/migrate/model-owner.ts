/** The user that vLLM runs as in containers of the library, as the host sees it: `VllmContainer.modelOwner`. It has to own folders of models. */
export const modelOwner = { uid: 100_990, gid: 100_990 } as const;
