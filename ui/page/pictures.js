// Pictures that are dropped on the page, pasted, or chosen: the daemon reads the
// code in them, and what it means comes as a prompt, as from any scanner.

const largest = 32 * 1024 * 1024; // bytes; the daemon takes no more

// listen calls took(file) for a picture that is dropped or pasted anywhere.
export function listen(wanted, took) {
  const inside = (e) => e.dataTransfer && [...e.dataTransfer.types].includes('Files');
  addEventListener('dragover', (e) => {
    if (!inside(e)) return;
    e.preventDefault(); // else the browser leaves the page and opens the file
    e.dataTransfer.dropEffect = wanted() ? 'copy' : 'none';
  });
  addEventListener('drop', (e) => {
    if (!inside(e)) return;
    e.preventDefault();
    if (wanted() && e.dataTransfer.files.length > 0) took(e.dataTransfer.files[0]);
  });
  addEventListener('paste', (e) => {
    const file = e.clipboardData && [...e.clipboardData.files].find((f) => f.type.startsWith('image/'));
    if (wanted() && file) took(file);
  });
}

// choose lets the person choose a file.
export function choose(took) {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = 'image/jpeg,image/png,image/gif,image/bmp';
  input.onchange = () => input.files.length > 0 && took(input.files[0]);
  input.click();
}

// read gives a picture to the daemon and resolves to its view, or to {trouble}.
export async function read(file) {
  if (file.size > largest) return {trouble: 'size'};
  try {
    const headers = {'Content-Type': 'application/octet-stream'};
    const token = localStorage.getItem('tillgate.token');
    if (token) headers.Authorization = 'Bearer ' + token;
    const res = await fetch('v1/picture', {method: 'POST', headers, body: file});
    const out = await res.json();
    if (res.ok) return out;
    const known = {picture_format: 'format', picture_size: 'size', picture_damaged: 'damaged'};
    return {trouble: known[out.code] || 'failed'};
  } catch {
    return {trouble: 'failed'};
  }
}
