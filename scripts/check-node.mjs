// Plain JavaScript on purpose: it must run on the very Node that is too old for everything else.
const wanted = 24;
const packaged = ['linux-x64', 'linux-arm64', 'darwin-x64', 'win32-x64'];
const { platform, arch, versions, execPath } = process;

if (Number(versions.node.split('.')[0]) < wanted) {
  const isPackaged = packaged.includes(`${platform}-${arch}`);
  console.error(
    [
      `This project runs on Node ${wanted}, the Lambda runtime nodejs24.x; this is Node ${versions.node} at ${execPath}.`,
      isPackaged
        ? `On ${platform}-${arch}, \`npm ci\` brings Node ${wanted} along: run it, without --omit=optional, and start the command through npm.`
        : `For ${platform}-${arch} there is no package of it: install Node ${wanted} (https://nodejs.org, or \`nvm install\` here) and run the command again.`,
    ].join('\n'),
  );
  process.exit(1);
}
