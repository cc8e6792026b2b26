/** The few icons, drawn in the colour of the text around them. */
import type { ReactNode } from 'react'

function Icon({ children, size = 18 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
)

export const ImportIcon = () => (
  <Icon>
    <path d="M10 3.5v9M6.5 9l3.5 3.5L13.5 9M4 14v2.5h12V14" />
  </Icon>
)

export const SignOutIcon = () => (
  <Icon>
    <path d="M8 4H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3M12 6.5l3.5 3.5-3.5 3.5M15 10H8" />
  </Icon>
)

export const EditIcon = () => (
  <Icon>
    <path d="M12.5 4.5l3 3L7 16H4v-3z" />
  </Icon>
)

export const DeleteIcon = () => (
  <Icon>
    <path d="M4 6h12M8 6V4h4v2M6 6l.6 10h6.8L14 6M8.5 9v4.5M11.5 9v4.5" />
  </Icon>
)

export const CloseIcon = () => (
  <Icon>
    <path d="M5 5l10 10M15 5L5 15" />
  </Icon>
)

export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4M5 9l5-5 5 5" />
  </Icon>
)

export const VoteIcon = () => (
  <Icon size={16}>
    <path d="M10 5.5l5.5 8h-11z" fill="currentColor" />
  </Icon>
)

export const CommentIcon = () => (
  <Icon size={16}>
    <path d="M4 5h12v8.5H9L5.5 16.5v-3H4z" />
  </Icon>
)

export const DoneIcon = () => (
  <Icon size={16}>
    <path d="M4.5 10.5l3.5 3.5 7.5-8" />
  </Icon>
)
