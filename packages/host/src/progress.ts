/** Everything the host process ever says to its parent about its progress: fixed sentences, nothing about a server or a customer. */

export const PROGRESS = {
  engines: 'Looking at the engines',
  network: 'Setting up the network of the servers',
  join: 'Joining the service',
  resume: 'Finding the servers of this machine again',
  connect: 'Calling the control plane',
  stopping: 'Ending the servers',
} as const;
export type ProgressText = (typeof PROGRESS)[keyof typeof PROGRESS];
